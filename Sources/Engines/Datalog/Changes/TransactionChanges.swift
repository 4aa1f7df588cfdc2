/// What one transaction did to the stored relations: rows that came and rows that went.
///
/// Applied in order to an empty database, the changes of all transactions make the database that they left.
package struct TransactionChanges: Sendable {
    package var relations: [RelationChange]

    package var isEmpty: Bool { relations.isEmpty }
}

/// What became of one relation.
package struct RelationChange: Sendable {
    package let name: String
    package let fate: Fate
    /// Columns, access, triggers and indices, as JSON; nil when they are what they were.
    package let definition: String?
    /// The keys of rows that are there no more, a row each.
    package let removed: [[Datum]]
    /// Rows that are new, or that replace those with their keys.
    package let added: [[Datum]]

    package enum Fate: UInt8, Sendable {
        /// It is there no more.
        case gone
        /// It begins anew: nothing of what it had remains.
        case begun
        /// It goes on.
        case kept
    }
}

/// Keeps what transactions do, before anybody sees it.
package protocol TransactionLog: Sendable {
    /// Returns when the changes are kept; a transaction whose changes are not did not happen.
    func append(_ changes: TransactionChanges) throws(ScriptError)
}

extension TransactionChanges {
    /// What lies between two states.
    init(from old: Database.State, to new: Database.State) {
        let interner = Interner(new.lexicon)
        var changes: [RelationChange] = []
        for name in old.relations.keys.sorted() where new.relations[name] == nil {
            changes.append(RelationChange(name: name, fate: .gone, definition: nil, removed: [], added: []))
        }
        for (name, relation) in new.relations.sorted(by: { $0.key < $1.key }) {
            let definition = RelationDefinition(relation).json
            guard let before = old.relations[name], before.keys == relation.keys,
                before.schema.arity == relation.schema.arity
            else {
                let rows = relation.rows.parts.flatMap { $0.rows(interner) }
                changes.append(
                    RelationChange(name: name, fate: .begun, definition: definition, removed: [], added: rows)
                )
                continue
            }
            let isRedefined = RelationDefinition(before).json != definition
            let difference = RowDifference(before, relation)
            guard isRedefined || !difference.isEmpty else { continue }
            changes.append(
                RelationChange(
                    name: name,
                    fate: .kept,
                    definition: isRedefined ? definition : nil,
                    removed: difference.removed(interner, keys: relation.keys.count),
                    added: difference.added(interner)
                )
            )
        }
        self.init(relations: changes)
    }

    /// Everything that a state holds.
    init(_ state: Database.State) { self.init(from: Database.State(), to: state) }
}

/// The rows that one version of a relation has and another has not.
///
/// Parts never change, so that only those that one of them lacks are looked at; rows that only moved to another part
/// cancel each other.
private struct RowDifference {
    private var gone: [[Code]] = []
    private var come: [[Code]] = []

    init(_ old: StoredRelation, _ new: StoredRelation) {
        let before = Dictionary(uniqueKeysWithValues: old.rows.parts.map { (ObjectIdentifier($0.part), $0) })
        let after = Dictionary(uniqueKeysWithValues: new.rows.parts.map { (ObjectIdentifier($0.part), $0) })
        var rows: Set<[Code]> = []
        for part in old.rows.parts {
            let kept = after[ObjectIdentifier(part.part)]
            part.eachRow { row, codes in
                if kept == nil || kept?.dead?.contains(row) ?? false { rows.insert(codes()) }
            }
        }
        for part in new.rows.parts {
            let known = before[ObjectIdentifier(part.part)]
            part.eachRow { row, codes in
                guard known == nil || known?.dead?.contains(row) ?? false else { return }
                let codes = codes()
                if rows.remove(codes) == nil { come.append(codes) }
            }
        }
        gone = rows.sorted { $0.lexicographicallyPrecedes($1) }
    }

    var isEmpty: Bool { gone.isEmpty && come.isEmpty }

    func added(_ interner: Interner) -> [[Datum]] { come.map { $0.map(interner.decode) } }

    /// The keys of rows that nothing replaces.
    func removed(_ interner: Interner, keys: Int) -> [[Datum]] {
        let replaced = Set(come.map { Array($0.prefix(keys)) })
        return gone.map { Array($0.prefix(keys)) }.filter { !replaced.contains($0) }.map { $0.map(interner.decode) }
    }
}

extension RelationRows.PartRows {
    /// Each row that counts, and its codes on demand.
    fileprivate func eachRow(_ body: (Int, () -> [Code]) -> Void) {
        for row in 0..<part.count where !(dead?.contains(row) ?? false) {
            body(row) { part.columns.map { $0[row] } }
        }
    }

    fileprivate func rows(_ interner: Interner) -> [[Datum]] {
        var rows: [[Datum]] = []
        eachRow { _, codes in rows.append(codes().map(interner.decode)) }
        return rows
    }
}
