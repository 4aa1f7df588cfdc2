internal import Basics

extension VectorCollection {
    /// In which direction a field is followed.
    package enum Direction: Sendable, Hashable { case ascending, descending }

    /// Points by the numbers or times of a field, from one on, at most `limit`; of equal ones the lower identifier
    /// first.
    ///
    /// A point without a number there is not among them; one with many is where the first of them puts it. An index
    /// over the field makes it quick.
    package func scroll(
        by path: PayloadPath,
        _ direction: Direction = .ascending,
        from first: Double? = nil,
        limit: Int,
        filter: Filter? = nil
    ) -> [(point: Point, value: Double)] {
        guard limit > 0 else { return [] }
        var found: [(value: Double, id: PointID)] = []
        for part in parts {
            let rows = part.matching(filter)
            let table = part.segment.table
            let ordered =
                table.orderedIndex(at: path)?.ordered(
                    direction == .ascending ? .ascending : .descending,
                    among: rows,
                    from: first,
                    limit: limit
                ) ?? rows.numbers.flatMap { row in numbers(path, table.payloads[row]).map { ($0, row) } }
            found.append(contentsOf: ordered.map { ($0.value, table.ids[$0.row]) })
        }
        for row in open.matching(filter) {
            found.append(contentsOf: numbers(path, open.payload(row)).map { ($0, open.id(row)) })
        }
        let isBefore: (Double, Double) -> Bool = direction == .ascending ? { $0 < $1 } : { $0 > $1 }
        if let first { found.removeAll { isBefore($0.value, first) } }
        found.sort { $0.value != $1.value ? isBefore($0.value, $1.value) : $0.id < $1.id }
        var seen: Set<PointID> = []
        var points: [(point: Point, value: Double)] = []
        for entry in found where points.count < limit && seen.insert(entry.id).inserted {
            if let point = point(entry.id) { points.append((point, entry.value)) }
        }
        return points
    }

    /// Numbers as they are, texts that are times as microseconds since 1970.
    private func numbers(_ path: PayloadPath, _ payload: Value) -> [Double] {
        path.values(in: payload, arrays: .opened).compactMap { value in
            if value.isNumber { return value.number }
            guard case .text(let text) = value else { return nil }
            return DateTime.microseconds(text).map(Double.init)
        }
    }
}
