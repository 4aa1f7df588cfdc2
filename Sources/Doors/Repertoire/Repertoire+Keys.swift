internal import Capability
internal import Devices
internal import Model

/// Keys for programs that are no devices: `key.*`.
extension Repertoire {
    var keys: [Capability] { [createKey, listKeys, revokeKey] }

    // MARK: key.create

    private struct Wish: Sendable {
        let name: String
        let scopes: [APIKey.Scope]

        static let shape = Shape.object(
            Wish.init,
            Field("name", \.name, .text(length: 1...APIKeys.nameCharacters), "For people to tell it by."),
            Field("scopes", \.scopes, .list(of: .choice, count: 1...3), "What it may do.")
        )
    }

    private struct Made: Sendable {
        let id: String
        let key: String
        let position: Position

        static let shape = Shape.object(
            Made.init,
            Field("id", \.id, .text),
            Field("key", \.key, .text, "The one time that it is shown."),
            Field("position", \.position, .position)
        )
    }

    private var createKey: Capability {
        .mutation(
            "key.create",
            "Makes an API key. It is shown once; what is kept is a hash of it.",
            access: .scope(.admin),
            input: Wish.shape,
            output: Made.shape,
            example: Wish(name: "a dashboard", scopes: [.read]),
            position: { $0.position.index }
        ) { [services] (wish, call) async throws(Refusal) in
            do throws(APIKeys.Failure) {
                let made = try await services.keys.create(
                    name: wish.name,
                    scopes: Set(wish.scopes),
                    by: call.writer,
                    now: call.now.milliseconds
                )
                return Made(id: made.id, key: made.key, position: made.position)
            } catch {
                throw Refusal(error)
            }
        }
    }

    // MARK: key.list

    private struct Keys: Sendable {
        let keys: [Key]

        static let shape = Shape.object(Keys.init, Field("keys", \.keys, .list(of: Key.shape)))
    }

    private struct Key: Sendable {
        let id: String
        let name: String
        let scopes: [APIKey.Scope]
        let created: Int64
        let revoked: Int64?

        static let shape = Shape.object(
            Key.init,
            Field("id", \.id, .text),
            Field("name", \.name, .text),
            Field("scopes", \.scopes, .list(of: .choice)),
            Field("created", \.created, .integer, "Milliseconds since 1970."),
            Field("revoked", \.revoked, .nullable(.integer), "When it was voided; null while it is good.")
        )
    }

    private var listKeys: Capability {
        .query(
            "key.list",
            "The API keys, the newest first, without the keys themselves.",
            access: .scope(.admin),
            input: .nothing,
            output: Keys.shape,
            example: Nothing()
        ) { [services] (_, _) async throws(Refusal) in
            do throws(APIKeys.Failure) {
                let entries = try await services.keys.list()
                return Keys(
                    keys: entries.map { entry in
                        Key(
                            id: entry.id,
                            name: entry.name,
                            scopes: APIKey.Scope.allCases.filter(entry.scopes.contains),
                            created: entry.created,
                            revoked: entry.revoked
                        )
                    }
                )
            } catch {
                throw Refusal(error)
            }
        }
    }

    // MARK: key.revoke

    private struct Which: Sendable {
        let id: String

        static let shape = Shape.object(Which.init, Field("id", \.id, .text(length: 1...64), "The key's id."))
    }

    private struct Revoked: Sendable {
        let id: String
        let position: Position

        static let shape = Shape.object(
            Revoked.init,
            Field("id", \.id, .text),
            Field("position", \.position, .position)
        )
    }

    private var revokeKey: Capability {
        .mutation(
            "key.revoke",
            "Voids an API key, for ever.",
            access: .scope(.admin),
            input: Which.shape,
            output: Revoked.shape,
            example: Which(id: "0000000000000000"),
            ending: .refused(.notFound),
            position: { $0.position.index }
        ) { [services] (which, call) async throws(Refusal) in
            do throws(APIKeys.Failure) {
                let position = try await services.keys.revoke(which.id, by: call.writer, now: call.now.milliseconds)
                return Revoked(id: which.id, position: position)
            } catch {
                throw Refusal(error)
            }
        }
    }
}
