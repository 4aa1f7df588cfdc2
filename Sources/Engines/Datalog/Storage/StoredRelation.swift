/// A stored relation as one transaction sees it.
///
/// Its rows lie in a few immutable parts, the larger the older; what was replaced or removed is marked dead there.
/// So a reader keeps what it has seen, a small change costs little, and the indices of the large parts stay.
struct StoredRelation: Sendable {
    var name: String
    var schema: RelationSchema
    var rows = RelationRows()
    var access = AccessLevel.normal
    var triggers: [TriggerSyntax] = []
    /// The columns of each index, by its name, in the order of their creation.
    var indices: [(name: String, columns: [Int])] = []
    var note = ""

    init(name: String, schema: RelationSchema) {
        self.name = name
        self.schema = schema
    }

    var keys: [Int] { Array(0..<schema.keys.count) }

    func triggers(_ event: TriggerEvent) -> [String] { triggers.filter { $0.event == event }.map(\.source) }

    /// The part and the row that have a key; nil when there is none.
    func find(_ key: [CodeBuffer], row: Int) -> (part: Int, row: Int)? {
        for number in rows.parts.indices.reversed() {
            let part = rows.parts[number]
            let (index, _) = part.part.index(keys, payload: [])
            for place in index.run(key, row: row) {
                let found = index.row(at: place)
                if part.dead?.contains(found) ?? false { continue }
                return (number, found)
            }
        }
        return nil
    }

    mutating func kill(_ part: Int, _ row: Int) {
        var dead = rows.parts[part].dead ?? DeadRows(rows: rows.parts[part].part.count)
        rows.parts[part].dead = nil
        dead.insert(row)
        rows.parts[part].dead = dead
    }

    /// Adds rows whose keys are not there, and melts small parts into larger ones.
    mutating func append(_ columns: [CodeBuffer], count: Int) {
        guard count > 0 else { return }
        rows.parts.append(RelationRows.PartRows(part: Part(columns: columns, count: count), dead: nil))
        settle()
    }

    /// Melts parts that are not much larger than those behind them, and parts that are mostly dead.
    mutating func settle() {
        rows.parts.removeAll { $0.count == 0 }
        while rows.parts.count > 1 {
            let last = rows.parts[rows.parts.count - 1]
            let before = rows.parts[rows.parts.count - 2]
            guard last.part.count * 2 >= before.part.count else { break }
            rows.parts.removeLast(2)
            rows.parts.append(Self.melted([before, last], schema.arity))
        }
        for number in rows.parts.indices {
            let part = rows.parts[number]
            if let dead = part.dead, dead.count * 2 > part.part.count {
                rows.parts[number] = Self.melted([part], schema.arity)
            }
        }
    }

    static func melted(_ parts: [RelationRows.PartRows], _ arity: Int) -> RelationRows.PartRows {
        let count = parts.reduce(0) { $0 + $1.count }
        let columns = (0..<arity).map { column in
            let buffer = CodeBuffer(capacity: count)
            for part in parts {
                guard let dead = part.dead else {
                    buffer.append(part.part.columns[column], 0..<part.part.count)
                    continue
                }
                for row in 0..<part.part.count where !dead.contains(row) {
                    buffer.append(part.part.columns[column][row])
                }
            }
            return buffer
        }
        return RelationRows.PartRows(part: Part(columns: columns, count: count), dead: nil)
    }

    /// The rows as an index shows them: its columns, then the keys that it lacks.
    func indexed(_ columns: [Int]) -> RelationRows {
        RelationRows(
            parts: rows.parts.map { rows in
                let part = Part(columns: columns.map { rows.part.columns[$0] }, count: rows.part.count)
                return RelationRows.PartRows(part: part, dead: rows.dead)
            }
        )
    }
}
