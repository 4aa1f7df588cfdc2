/// The rows of a relation with versions, as they were at a moment.
enum TimeTravel {
    /// For each key without its validity the latest version that is not later than the moment, if it is an assertion.
    static func rows(_ relation: StoredRelation, at moment: Int64, _ interner: Interner) -> RelationRows {
        let keyCount = relation.schema.keys.count - 1
        let groups = Groups(columns: keyCount)
        var best: [(validity: Validity, part: Int, row: Int)?] = []
        for (number, part) in relation.rows.parts.enumerated() {
            let keys = Array(part.part.columns[0..<keyCount])
            let numbers = groups.numbers(keys, count: part.part.count)
            while best.count < groups.count { best.append(nil) }
            for row in 0..<part.part.count {
                if part.dead?.contains(row) ?? false { continue }
                guard case .validity(let validity) = interner.decode(part.part.columns[keyCount][row]),
                    validity.moment <= moment
                else { continue }
                let group = Int(numbers[row])
                if let held = best[group], Datum.validity(held.validity) < .validity(validity) { continue }
                best[group] = (validity, number, row)
            }
        }
        let columns = (0..<relation.schema.arity).map { _ in CodeBuffer() }
        for case .some(let version) in best where version.validity.isAssertion {
            for (column, buffer) in columns.enumerated() {
                buffer.append(relation.rows.parts[version.part].part.columns[column][version.row])
            }
        }
        let part = Part(columns: columns, count: columns[0].count)
        return RelationRows(parts: [RelationRows.PartRows(part: part, dead: nil)])
    }
}
