internal import Basics
internal import Capability
internal import NetDriver
internal import Web

/// What the head of a request asks for, before its input is read.
struct TRPCRequest: Sendable {
    /// What was sent as input, before anybody knows what it should be.
    enum Input: Sendable {
        /// Nothing.
        case none
        case datum(Datum)
        /// Something that is no JSON: why.
        case unreadable(String)

        init(_ bytes: RawSpan) {
            do throws(JSONError) { self = .datum(try Datum(json: bytes)) } catch { self = .unreadable("\(error)") }
        }
    }

    let method: HTTPMethod
    let paths: [String]
    let isBatch: Bool
    /// Whether the answers shall come as lines, each as soon as it is there.
    let wantsLines: Bool
    let lastEventID: String?
    let evidence: Evidence
    /// What stands in the address.
    let input: Input
    let facts: CallFacts

    init(_ request: HTTPRequest, path: String, _ facts: CallFacts) {
        var parameters = QueryParameters(request)
        isBatch = parameters.text("batch") == "1"
        paths = isBatch ? path.split(separator: ",", omittingEmptySubsequences: false).map(String.init) : [path]
        method = request.method
        self.facts = facts
        wantsLines = request.field("trpc-accept")?.isSame(as: "application/jsonl") ?? false
        lastEventID =
            Self.text(request, "last-event-id") ?? parameters.text("lastEventId") ?? parameters.text("Last-Event-Id")
        var evidence = Evidence(request)
        if evidence.token == nil, let text = parameters.text("connectionParams"),
            let shown = try? Datum(json: text.utf8.raw)
        {
            evidence.add(connection: shown)
        }
        self.evidence = evidence
        let text = parameters.text("input")
        if !parameters.isSound {
            input = .unreadable("the address cannot be read")
        } else {
            input = text.map { Input($0.utf8.raw) } ?? .none
        }
    }

    private static func text(_ request: HTTPRequest, _ field: StaticString) -> String? {
        guard let value = request.field(field) else { return nil }
        return String(validating: value.copy, as: UTF8.self)
    }
}
