internal import Basics
internal import Model
internal import NetDriver
internal import Ports
internal import Web

/// `POST /api/events`.
extension EventsDoor {
    func append(_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        guard let format = Self.format(of: request) else {
            return exchange.respond(Problem.unsupportedBody(Self.formats).response(context))
        }
        guard Self.hasLength(request) else { return exchange.respond(Problem.lengthRequired.response(context)) }
        exchange.readBody(limit: Limits.requestBytes) { _, body, exchange in
            self.take(body, format, context, exchange)
        }
    }

    private static let formats = "application/json, application/x-ndjson or application/cbor, not compressed"

    /// A request without a body has to say so.
    static func hasLength(_ request: HTTPRequest) -> Bool {
        if request.hasBody { return true }
        return request.field("content-length") != nil
    }

    private static func format(of request: HTTPRequest) -> EventReader.Format? {
        guard MediaType.isPlain(request) else { return nil }
        if MediaType.isBody(request, "application/json") { return .json }
        if MediaType.isBody(request, "application/x-ndjson") { return .jsonLines }
        return MediaType.isBody(request, "application/cbor") ? .cbor : nil
    }

    private func take(
        _ body: RawSpan,
        _ format: EventReader.Format,
        _ context: RequestContext,
        _ exchange: consuming HTTPExchange
    ) {
        let events: [Event]
        do throws(EventRefusal) {
            events = try EventReader.read(body, as: format)
        } catch {
            return exchange.respond(Problem(error).response(context))
        }
        let (room, bytes) = (room, body.byteCount)
        do throws(Problem) { try room.take(bytes) } catch { return exchange.respond(error.response(context)) }
        let shape = AppendShape(body, format, count: events.count)
        let writer = context.writer
        let responder = exchange.deferred()
        let counts = counts
        services.append(events.map { Submission($0, by: writer) }) { result in
            counts.note(result)
            room.give(bytes)
            responder.loop.execute { _ in responder.respond(Self.response(to: result, shape, context)) }
        }
    }

    private static func response(
        to result: Result<AppendReceipt, AppendError>,
        _ shape: AppendShape,
        _ context: RequestContext
    ) -> HTTPResponse {
        switch result {
        case .success(let receipt):
            var out = JSONWriter()
            out.openObject()
            receipt.write(into: &out)
            out.closeObject()
            let isOld = receipt.duplicates.count == receipt.positions.count
            return HTTPResponse(isOld ? .ok : .created, fields: fields, body: out.bytes)
        case .failure(let error): return Problem(error, shape).response(context)
        }
    }
}

extension AppendReceipt {
    /// The fields of an acknowledgement.
    func write(into out: inout JSONWriter) {
        out.field("positions")
        out.openArray()
        for position in positions { out.integer(position.index) }
        out.closeArray()
        out.field("duplicates")
        out.openArray()
        for index in duplicates { out.integer(Int64(index)) }
        out.closeArray()
        out.field("durable", durable)
        out.field("size", head.size)
        out.field("root", head.root)
    }
}

extension RequestContext {
    /// How the writer of what comes with this request is known, unless a signature says more.
    var writer: Writer { principal == .operator ? .token : .open }
}
