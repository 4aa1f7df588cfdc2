package import Basics

/// The points of a segment as filters see them: ids, payloads, and indices over some fields.
///
/// A filter becomes the set of rows that satisfy it: conditions on indexed fields by the indices, the cheapest
/// first, and what remains by looking at the rows that are left.
package struct PayloadTable: Sendable {
    package let ids: [PointID]
    package let payloads: [Value]
    private let rows: [PointID: Int]
    private let indices: [PayloadPath: [FieldIndex]]
    /// The rows that have a vector of the name.
    private let vectors: [String: Bitmap]

    package init(
        ids: [PointID],
        payloads: [Value],
        vectors: [String: Bitmap],
        fields: [(path: PayloadPath, kind: FieldIndex.Kind)]
    ) {
        precondition(ids.count == payloads.count, "a payload for each point")
        self.ids = ids
        self.payloads = payloads
        self.vectors = vectors
        rows = Dictionary(zip(ids, ids.indices), uniquingKeysWith: { _, last in last })
        var indices: [PayloadPath: [FieldIndex]] = [:]
        for field in fields {
            indices[field.path, default: []].append(FieldIndex(field.kind, at: field.path, of: payloads))
        }
        self.indices = indices
    }

    package var count: Int { ids.count }

    package func row(of id: PointID) -> Int? { rows[id] }

    package func index(_ kind: FieldIndex.Kind, at path: PayloadPath) -> FieldIndex? {
        indices[path]?.first { $0.kind == kind }
    }

    /// The rows among `candidates` that satisfy the filter.
    package func rows(matching filter: Filter, among candidates: Bitmap) -> Bitmap {
        var remaining = candidates
        var residue = Filter()
        for condition in filter.must.sorted(by: { estimate($0) < estimate($1) }) {
            if let found = rows(condition) {
                remaining.formIntersection(found)
                continue
            }
            if let wider = superset(of: condition) { remaining.formIntersection(wider) }
            residue.must.append(condition)
        }
        for condition in filter.mustNot {
            if let found = rows(condition) { remaining.subtract(found) } else { residue.mustNot.append(condition) }
        }
        let should = filter.should.compactMap(rows)
        if should.count == filter.should.count {
            if var any = should.first {
                for other in should.dropFirst() { any.formUnion(other) }
                remaining.formIntersection(any)
            }
        } else {
            residue.should = filter.should
        }
        residue.minShould = filter.minShould
        guard residue != Filter() else { return remaining }
        let left = remaining
        for row in left.numbers where !residue.matches(point(row)) { remaining.remove(row) }
        return remaining
    }

    /// One row, as a filter looks at it.
    package func point(_ row: Int) -> FilteredPoint {
        FilteredPoint(
            id: ids[row],
            payload: payloads[row],
            vectors: Set(vectors.keys.filter { vectors[$0]?.contains(row) ?? false })
        )
    }

    /// About how many rows a condition holds for; all when no index knows.
    private func estimate(_ condition: Filter.Condition) -> Int {
        switch condition {
        case .field(let path, let test): indices[path]?.compactMap { $0.estimate(test) }.min() ?? count
        case .hasID(let ids): ids.count
        default: count
        }
    }

    /// The rows that a condition holds for; nil when only a look at each can tell.
    private func rows(_ condition: Filter.Condition) -> Bitmap? {
        switch condition {
        case .field(let path, let test):
            for index in indices[path] ?? [] { if let found = index.rows(test) { return found } }
            return nil
        case .isEmpty(let path): return indices[path]?.first?.emptyRows
        case .isNull(let path): return indices[path]?.first?.nullRows
        case .hasID(let ids): return Bitmap(ids.compactMap { rows[$0] }, bound: count)
        case .hasVector(let name): return vectors[name] ?? Bitmap(bound: count)
        case .nested: return nil
        case .filter(let filter): return rows(matching: filter)
        case .not(let condition):
            guard var found = rows(condition) else { return nil }
            found.invert()
            return found
        }
    }

    /// Rows that include all that a condition holds for; nil when no index knows any.
    private func superset(of condition: Filter.Condition) -> Bitmap? {
        guard case .field(let path, let test) = condition else { return nil }
        return indices[path]?.compactMap { $0.candidates(test) }.first
    }

    /// The rows of an inner filter, when the indices answer all of it.
    private func rows(matching filter: Filter) -> Bitmap? {
        guard filter.minShould == nil else { return nil }
        var set = Bitmap(allBelow: count)
        for condition in filter.must {
            guard let found = rows(condition) else { return nil }
            set.formIntersection(found)
        }
        for condition in filter.mustNot {
            guard let found = rows(condition) else { return nil }
            set.subtract(found)
        }
        guard !filter.should.isEmpty else { return set }
        var any = Bitmap(bound: count)
        for condition in filter.should {
            guard let found = rows(condition) else { return nil }
            any.formUnion(found)
        }
        set.formIntersection(any)
        return set
    }
}
