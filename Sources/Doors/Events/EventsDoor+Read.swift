internal import Basics
internal import Model
internal import NetDriver
internal import Ports
internal import Web

/// `GET /api/events` and `GET /api/events/<position>`.
extension EventsDoor {
    func list(_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        let isLines = MediaType.preferred(of: ["application/json", "application/x-ndjson"], by: request) == 1
        let query: LedgerQuery
        do throws(Problem) {
            var parameters = QueryParameters(request)
            query = try LedgerQuery(page: &parameters)
        } catch {
            return exchange.respond(error.response(context))
        }
        let ledger = services.ledger
        if isLines {
            exchange.stream(.ok, fields: Self.lineFields, from: LineStream(query, ledger, tasks))
            return
        }
        answer(exchange, context) { () async throws(Problem) in
            do throws(StoreError) {
                return Self.page(try await ledger.read(query))
            } catch {
                throw Problem(error)
            }
        }
    }

    private static let pageFields: HTTPFields = {
        var fields = EventsDoor.fields
        fields.add("Vary", "Accept")
        return fields
    }()

    private static let lineFields: HTTPFields = {
        var fields = HTTPFields(contentType: "application/x-ndjson")
        fields.add("Cache-Control", "no-store")
        fields.add("Vary", "Accept")
        return fields
    }()

    private static func page(_ page: LedgerPage) -> HTTPResponse {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(page.events.count * 512 + 64)
        bytes.append("{\"events\":[")
        for (index, event) in page.events.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            event.writeJSON(into: &bytes)
        }
        bytes.append("],\"next\":")
        bytes.append((page.next.map(String.init) ?? "null").utf8.raw)
        bytes.append(",\"durable\":")
        bytes.append(String(page.durable).utf8.raw)
        bytes.append(UInt8(ascii: "}"))
        return HTTPResponse(.ok, fields: pageFields, body: bytes, compression: .whenAsked)
    }

    // MARK: One event

    func event(_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        let isBytes = MediaType.preferred(of: ["application/json", "application/cbor"], by: request) == 1
        do throws(Problem) {
            var parameters = QueryParameters(request)
            try parameters.finish()
        } catch {
            return exchange.respond(error.response(context))
        }
        guard let position = Self.position(context.parameter) else {
            return exchange.respond(Self.noEvent.response(context))
        }
        let extent = services.ledger.extent
        guard position.index < extent.size else { return exchange.respond(Self.noEvent.response(context)) }
        guard position.index >= extent.first else {
            return exchange.respond(Problem.gone(first: extent.first).response(context))
        }
        let known = KnownTags(request)
        let ledger = services.ledger
        answer(exchange, context) { () async throws(Problem) in
            var query = LedgerQuery()
            query.after = position.index - 1
            query.before = position.index + 1
            query.limit = 1
            let page: LedgerPage
            do throws(StoreError) { page = try await ledger.read(query) } catch { throw Problem(error) }
            // Retention may have dropped it since.
            guard let event = page.events.first else { throw .gone(first: ledger.extent.first) }
            return Self.response(event, isBytes ? .canonical : .json, known)
        }
    }

    private static let noEvent = Problem(.notFound, "no-such-event", "The ledger has no event at this position.")

    /// Decimal digits without a leading zero: each event has one path.
    private static func position(_ text: [UInt8]) -> Position? {
        guard text.first != UInt8(ascii: "0") || text.count == 1, let index = text.raw.decimal else { return nil }
        return Position(checking: Int64(index))
    }

    private enum Form { case json, canonical }

    private static func response(_ event: StoredEvent, _ form: Form, _ known: KnownTags) -> HTTPResponse {
        let isForgotten = event.body == nil
        let tag = "\"\(event.hash)\(form == .json ? "j" : "c")\(isForgotten ? "f" : "o")\""
        var fields = HTTPFields(contentType: form == .json ? "application/json" : "application/cbor")
        fields.add("Cache-Control", "no-store")
        fields.add("Vary", "Accept")
        fields.add("ETag", tag)
        if known.contains(tag) { return HTTPResponse(.notModified, fields: fields) }
        var bytes: [UInt8] = []
        switch form {
        case .json: event.writeJSON(into: &bytes)
        case .canonical: bytes = event.canonical
        }
        return HTTPResponse(.ok, fields: fields, body: bytes)
    }
}

/// The versions that a client says it has: `If-None-Match`.
struct KnownTags: Sendable {
    private var tags: [[UInt8]] = []
    private var isAny = false

    init(_ request: HTTPRequest) {
        var (tags, isAny) = ([[UInt8]](), false)
        request.forEachField { name, value in
            guard name.isSameIgnoringCase(as: "if-none-match") else { return .next }
            if value.isSame(as: "*") { isAny = true }
            value.forEachElement { element in
                let isWeak = element.byteCount > 2 && element.part(0..<2).isSame(as: "W/")
                tags.append(element.part((isWeak ? 2 : 0)..<element.byteCount).copy)
                return .next
            }
            return .next
        }
        self.tags = tags
        self.isAny = isAny
    }

    func contains(_ tag: String) -> Bool { isAny || tags.contains(Array(tag.utf8)) }
}
