internal import Basics
internal import Capability

/// What a client says on a socket, one thing of perhaps several in a message.
struct SocketMessage: Sendable {
    enum Wish: Sendable {
        case call(Capability.Kind, path: String, input: TRPCRequest.Input, lastEventID: String?)
        case stop
        /// The first message of a socket that announced it.
        case connect(Datum)
    }

    /// What comes back with the answer, as it was sent: a number or a text, in JSON.
    let id: [UInt8]?
    /// Whether the client named the version of JSON-RPC.
    let hasVersion: Bool
    let wish: Wish

    /// What the message says, or why one of its parts says nothing.
    static func all(in message: RawSpan) -> [Result<SocketMessage, Refusal>] {
        let datum: Datum
        do throws(JSONError) { datum = try Datum(json: message) } catch {
            return [.failure(Refusal(.unreadable, "The message is no JSON: \(error)"))]
        }
        guard case .list(let list) = datum else { return [read(datum)] }
        return list.map(read)
    }

    private static func read(_ datum: Datum) -> Result<SocketMessage, Refusal> {
        do throws(Refusal) { return .success(try SocketMessage(datum)) } catch { return .failure(error) }
    }

    private init(_ datum: Datum) throws(Refusal) {
        guard case .object(let entries) = datum else { throw Refusal(.unreadable, "A message is an object") }
        hasVersion = entries["jsonrpc"] == "2.0"
        id = try Self.identifier(entries["id"])
        guard case .text(let method) = entries["method"] else { throw Refusal(.unreadable, "`method` is required") }
        switch method {
        case "connectionParams": wish = .connect(entries["data"])
        case "subscription.stop": wish = .stop
        case "query", "mutation", "subscription":
            guard id != nil else { throw Refusal(.unreadable, "`id` is required") }
            guard let kind = Capability.Kind(rawValue: method) else {
                throw Refusal(.unreadable, "There are no calls of that kind")
            }
            guard case .object(let parameters) = entries["params"] else {
                throw Refusal(.unreadable, "`params` is an object")
            }
            guard case .text(let path) = parameters["path"] else {
                throw Refusal(.unreadable, "`params.path` is a text")
            }
            var last: String?
            if case .text(let id) = parameters["lastEventId"] { last = id }
            let input: TRPCRequest.Input = parameters.contains("input") ? .datum(parameters["input"]) : .none
            wish = .call(kind, path: path, input: input, lastEventID: last)
        default: throw Refusal(.unreadable, "There are no calls of that kind")
        }
    }

    private static func identifier(_ datum: Datum) throws(Refusal) -> [UInt8]? {
        switch datum {
        case .absent, .null: return nil
        case .integer, .double, .text:
            if case .text(let text) = datum, text.utf8.count > 128 { break }
            var out = JSONWriter()
            out.value(datum.value)
            return out.bytes
        default: break
        }
        throw Refusal(.unreadable, "`id` is a number or a short text")
    }
}
