package import Basics

/// The points of a segment as filters see them: ids, payloads, and indices over some fields.
///
/// A filter becomes the set of rows that satisfy it: conditions on indexed fields by the indices, the cheapest
/// first, and what remains by looking at the rows that are left.
package struct PayloadTable: Sendable {
    let ids: IDTable
    /// As their bytes.
    let payloads: ValueColumn
    let indices: [FieldIndex]
    private let byPath: [PayloadPath: [FieldIndex]]
    /// The rows that have a vector of the name.
    let vectors: [String: Bitmap]

    package init(
        ids: [PointID],
        payloads: [Value],
        vectors: [String: Bitmap],
        fields: [(path: PayloadPath, kind: FieldIndex.Kind)]
    ) {
        precondition(ids.count == payloads.count, "a payload for each point")
        self.init(
            ids: IDTable(ids),
            payloads: ValueColumn(payloads),
            vectors: vectors,
            indices: fields.map { FieldIndex($0.kind, at: $0.path, of: payloads) }
        )
    }

    init(ids: IDTable, payloads: ValueColumn, vectors: [String: Bitmap], indices: [FieldIndex]) {
        self.ids = ids
        self.payloads = payloads
        self.vectors = vectors
        self.indices = indices
        byPath = Dictionary(grouping: indices, by: \.path)
    }

    package var count: Int { ids.count }

    package func row(of id: PointID) -> Int? { ids.row(of: id) }

    package func index(_ kind: FieldIndex.Kind, at path: PayloadPath) -> FieldIndex? {
        byPath[path]?.first { $0.kind == kind }
    }

    /// An index that knows the order of a field's numbers or times.
    func orderedIndex(at path: PayloadPath) -> FieldIndex? { byPath[path]?.first { $0.numbers != nil } }

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
        case .field(let path, let test): byPath[path]?.compactMap { $0.estimate(test) }.min() ?? count
        case .hasID(let ids): ids.count
        default: count
        }
    }

    /// The rows that a condition holds for; nil when only a look at each can tell.
    private func rows(_ condition: Filter.Condition) -> Bitmap? {
        switch condition {
        case .field(let path, let test):
            for index in byPath[path] ?? [] { if let found = index.rows(test) { return found } }
            return nil
        case .isEmpty(let path): return byPath[path]?.first?.empty
        case .isNull(let path): return byPath[path]?.first?.null
        case .hasID(let ids): return Bitmap(ids.compactMap(row), bound: count)
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
        return byPath[path]?.compactMap { $0.candidates(test) }.first
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
