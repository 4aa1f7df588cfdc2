/// Makes what a script has changed the next state: values that only it knew get lasting numbers.
struct Committer {
    private let lexicon: Lexicon
    private let interner: Interner

    init(_ lexicon: Lexicon, _ interner: Interner) {
        self.lexicon = lexicon
        self.interner = interner
    }

    func committed(_ relations: [String: StoredRelation]) -> Database.State {
        guard interner.newValues > 0 else { return Database.State(lexicon: lexicon, relations: relations) }
        let base = lexicon.count
        var numbers = [Code](repeating: Codes.none, count: interner.newValues)
        var used = 0
        for relation in relations.values {
            for rows in relation.rows.parts {
                for column in rows.part.columns { used += mark(column, base, &numbers) }
            }
        }
        guard used > 0 else { return Database.State(lexicon: lexicon, relations: relations) }
        // Where most of the new values stay, all of them may: then no row changes its codes.
        if used * 2 > numbers.count {
            let values = (0..<numbers.count).map { interner.decode(Code(base + $0)) }
            return Database.State(lexicon: lexicon.adding(values), relations: relations)
        }
        var values: [Datum] = []
        for place in numbers.indices where numbers[place] != Codes.none {
            numbers[place] = Code(base + values.count)
            values.append(interner.decode(Code(base + place)))
        }
        var changed = relations
        for (name, relation) in relations { changed[name] = renumbered(relation, base, numbers) }
        return Database.State(lexicon: lexicon.adding(values), relations: changed)
    }

    private func mark(_ column: CodeBuffer, _ base: Int, _ numbers: inout [Code]) -> Int {
        guard let bounds = column.bounds(), Int(bounds.upperBound) >= base, bounds.lowerBound < Codes.firstInteger
        else { return 0 }
        var found = 0
        for row in 0..<column.count {
            let code = column[row]
            guard interner.isLocal(code), numbers[Int(code) - base] == Codes.none else { continue }
            numbers[Int(code) - base] = 0
            found += 1
        }
        return found
    }

    private func renumbered(_ relation: StoredRelation, _ base: Int, _ numbers: [Code]) -> StoredRelation {
        var changed = relation
        for (number, rows) in relation.rows.parts.enumerated() {
            let isTouched = rows.part.columns.contains { column in
                (0..<column.count).contains { interner.isLocal(column[$0]) }
            }
            guard isTouched else { continue }
            let columns = rows.part.columns.map { column in
                let buffer = CodeBuffer(capacity: column.count)
                for row in 0..<column.count {
                    let code = column[row]
                    buffer.append(interner.isLocal(code) ? numbers[Int(code) - base] : code)
                }
                return buffer
            }
            let part = Part(columns: columns, count: rows.part.count)
            changed.rows.parts[number] = RelationRows.PartRows(part: part, dead: rows.dead)
        }
        return changed
    }
}
