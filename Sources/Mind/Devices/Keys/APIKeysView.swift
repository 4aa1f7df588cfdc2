internal import Basics
package import Model
package import Ports
internal import Views

/// The keys that were made, and which of them are void: the table `api_keys`.
package struct APIKeysView: View {
    package static let table = Table(
        "api_keys",
        key: [.text("id")],
        columns: [
            .text("name"), .text("scopes"), .text("hash"), .integer("created"), .integer("revoked", .optional),
        ]
    )

    static let createdType = EventType(unchecked: "prima.key.created")
    static let revokedType = EventType(unchecked: "prima.key.revoked")

    package let schema = ViewSchema("api_keys", version: 1, tables: [table])

    package let interest = [createdType, revokedType]

    package init() {}

    package func apply(_ events: ArraySlice<StoredEvent>, in transaction: any RowsTransaction) throws(StoreError) {
        for event in events where event.head.agent == .prima {
            switch event.head.type {
            case Self.createdType:
                if let entry = APIKeyEntry(event) { try transaction.put(entry.row, in: Self.table) }
            case Self.revokedType:
                guard let id = Self.id(of: event), let row = try transaction.get([.text(id)], in: Self.table) else {
                    continue
                }
                var entry = try APIKeyEntry(row)
                entry.revoked = entry.revoked ?? event.head.received.milliseconds
                try transaction.put(entry.row, in: Self.table)
            default: continue
            }
        }
    }

    package func forget(
        _ subject: SubjectID,
        before _: Position,
        in transaction: any RowsTransaction
    ) throws(StoreError) {
        guard let id = Self.id(of: subject) else { return }
        try transaction.delete([.text(id)], from: Self.table)
    }

    static func id(of event: StoredEvent) -> String? { event.head.subject.flatMap(id) }

    private static func id(of subject: SubjectID) -> String? {
        subject.text.hasPrefix("key:") ? String(subject.text.dropFirst(4)) : nil
    }
}

/// A row of `api_keys`.
package struct APIKeyEntry: Sendable, Hashable {
    package let id: String
    package let name: String
    package let scopes: Set<APIKey.Scope>
    /// SHA-256 of the key, in hexadecimal digits.
    let hash: String
    /// When, by the ledger's time.
    package let created: Int64
    package var revoked: Int64?

    init?(_ event: StoredEvent) {
        guard let id = APIKeysView.id(of: event), let fields = event.body?.fields,
            case .text(let name)? = fields["name"], case .array(let words)? = fields["scopes"],
            case .text(let hash)? = fields["hash"]
        else { return nil }
        self.id = id
        self.name = name
        self.hash = hash
        scopes = Set(
            words.compactMap { word in
                guard case .text(let text) = word else { return nil }
                return APIKey.Scope(rawValue: text)
            }
        )
        created = event.head.received.milliseconds
    }

    init(_ row: Row) throws(StoreError) {
        guard row.count == 6, let id = row[0].text, let name = row[1].text, let scopes = row[2].text,
            let hash = row[3].text, let created = row[4].integer
        else { throw StoreError(.corrupt, in: "read a row of api_keys") }
        self.id = id
        self.name = name
        self.scopes = Set(scopes.split(separator: " ").compactMap { APIKey.Scope(rawValue: String($0)) })
        self.hash = hash
        self.created = created
        revoked = row[5].integer
    }

    var row: Row {
        let words = APIKey.Scope.allCases.filter(scopes.contains).map(\.rawValue)
        return [
            .text(id), .text(name), .text(words.joined(separator: " ")), .text(hash), .integer(created),
            revoked.map(RowValue.integer) ?? .null,
        ]
    }
}
