package import Basics
package import Model
package import Ports

/// Makes API keys, knows them again, and voids them; who may do that is the caller's question.
package struct APIKeys: Sendable {
    package static let nameCharacters = 128

    private let ledger: any Ledger
    private let rows: any Rows
    private let reach: @Sendable (Position) async throws(StoreError) -> Void
    private let randomness: any Randomness
    private let hash: @Sendable (_ bytes: [UInt8]) -> ContentHash

    /// `reach` returns when the view of the keys has applied a position.
    package init(
        ledger: any Ledger,
        in rows: any Rows,
        randomness: any Randomness,
        hash: @escaping @Sendable (_ bytes: [UInt8]) -> ContentHash,
        reach: @escaping @Sendable (Position) async throws(StoreError) -> Void
    ) {
        self.ledger = ledger
        self.rows = rows
        self.reach = reach
        self.randomness = randomness
        self.hash = hash
    }

    package enum Failure: Error, Sendable {
        /// There is no key of that id.
        case notFound
        case unavailable(StoreError, isUncertain: Bool)
    }

    /// A key that was just made.
    package struct Made: Sendable {
        package let id: String
        /// The one time that it is shown.
        package let key: String
        package let position: Position
    }

    /// What a key may do.
    package struct Holder: Sendable, Hashable {
        package let id: String
        package let scopes: Set<APIKey.Scope>
    }

    /// Makes a key; `name` is for people to tell it by.
    package func create(
        name: String,
        scopes: Set<APIKey.Scope>,
        by writer: Writer,
        now: Int64
    ) async throws(Failure) -> Made {
        let key = APIKey(randomness)
        let text = key.text
        let words = APIKey.Scope.allCases.filter(scopes.contains).map { Value.text($0.rawValue) }
        let fields = Fields(unique: [
            ("name", .text(name)), ("scopes", .array(words)), ("hash", .text(hash(Array(text.utf8)).description)),
        ])
        guard let body = try? Body(fields) else { preconditionFailure("names are short when they come here") }
        let position = try await append(APIKeysView.createdType, key.id, body, by: writer, now: now)
        return Made(id: key.id, key: text, position: position)
    }

    /// Every key, the newest first.
    package func list() async throws(Failure) -> [APIKeyEntry] {
        do throws(StoreError) {
            return try await rows.read(.live) { snapshot throws(StoreError) in
                try snapshot.rows(Scan(APIKeysView.table)).map { row throws(StoreError) in try APIKeyEntry(row) }
            }
            .sorted { ($0.created, $0.id) > ($1.created, $1.id) }
        } catch { throw .unavailable(error, isUncertain: false) }
    }

    /// Voids a key; one that is void stays as it is.
    package func revoke(_ id: String, by writer: Writer, now: Int64) async throws(Failure) -> Position {
        guard try await entry(id) != nil else { throw .notFound }
        return try await append(APIKeysView.revokedType, id, .empty, by: writer, now: now)
    }

    /// Who holds a key; nil when it is none, or void.
    package func holder(of text: String) async throws(Failure) -> Holder? {
        guard let key = APIKey(text), let entry = try await entry(key.id), entry.revoked == nil else { return nil }
        let given = Array(hash(Array(text.utf8)).description.utf8)
        guard TokenSigning.isSame(given, Array(entry.hash.utf8)) else { return nil }
        return Holder(id: entry.id, scopes: entry.scopes)
    }

    private func entry(_ id: String) async throws(Failure) -> APIKeyEntry? {
        do throws(StoreError) {
            return try await rows.read(.live) { snapshot throws(StoreError) in
                try snapshot.get([.text(id)], in: APIKeysView.table).map { row throws(StoreError) in
                    try APIKeyEntry(row)
                }
            }
        } catch { throw .unavailable(error, isUncertain: false) }
    }

    private func append(
        _ type: EventType,
        _ id: String,
        _ body: Body,
        by writer: Writer,
        now: Int64
    ) async throws(Failure) -> Position {
        let event = Event(agent: .prima, type: type, body: body, subject: APIKey.subject(id), at: now)
        let position: Position
        do throws(AppendError) {
            position = try await ledger.append([Submission(event, by: writer)]).positions[0]
        } catch {
            switch error {
            case .store(let error, let uncertain): throw .unavailable(error, isUncertain: uncertain)
            case .refused:
                throw .unavailable(StoreError(.unexpected, in: "say something of a key"), isUncertain: false)
            }
        }
        do throws(StoreError) { try await reach(position) } catch { throw .unavailable(error, isUncertain: false) }
        return position
    }
}
