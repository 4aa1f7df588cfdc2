internal import Basics
internal import Capability
internal import Model
internal import NetDriver
internal import Web

/// Calls over HTTP: by GET and POST, alone and in batches.
extension TRPCDoor {
    func handle(_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        guard request.method != .head else { return exchange.respond(.noContent) }
        let facts = CallFacts(
            now: Instant(milliseconds: services.clock.milliseconds()),
            requestID: context.name(),
            isForeign: services.browsers.isForeign(request)
        )
        if request.asksWebSocket { return openSocket(request, facts, exchange) }
        guard let path = Self.path(context.parameter) else {
            return exchange.respond(refuse(Refusal(.badRequest, "The path cannot be read")))
        }
        let asked = TRPCRequest(request, path: path, facts)
        if request.method == .get { return run(asked, asked.input, exchange) }
        guard Self.isJSON(request) else {
            let refusal = Refusal(.unsupportedMediaType, "A body here is application/json")
            return exchange.respond(refuse(refusal))
        }
        let limit = settings.bodyBytes
        guard let length = request.bodyLength else {
            return exchange.readBody(
                limit: .max,
                into: TRPCBody(limit: limit, tooLarge: tooLarge(asked)) { body, exchange in
                    self.run(asked, Self.input(body), exchange)
                }
            )
        }
        guard length <= limit else { return exchange.respond(tooLarge(asked)) }
        exchange.readBody(limit: limit) { _, body, exchange in self.run(asked, Self.input(body), exchange) }
    }

    /// What follows the mount point, unescaped; nil when that is no text.
    private static func path(_ parameter: [UInt8]) -> String? {
        var bytes: [UInt8] = []
        var place = parameter.first == UInt8(ascii: "/") ? 1 : 0
        while place < parameter.count {
            // The wire let whole escapes through only.
            guard parameter[place] == UInt8(ascii: "%"), place + 2 < parameter.count,
                let byte = UInt8(String(decoding: parameter[place + 1...place + 2], as: UTF8.self), radix: 16)
            else {
                bytes.append(parameter[place])
                place += 1
                continue
            }
            bytes.append(byte)
            place += 3
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Whether a body is said to be JSON; some clients say it twice in one field.
    private static func isJSON(_ request: HTTPRequest) -> Bool {
        guard MediaType.isPlain(request), let field = request.field("content-type") else { return false }
        let prefix: StaticString = "application/json"
        let length = prefix.utf8CodeUnitCount
        return field.byteCount >= length && field.part(0..<length).isSameIgnoringCase(as: prefix)
    }

    private static func input(_ body: RawSpan) -> TRPCRequest.Input {
        body.byteCount == 0 ? .unreadable("the body is empty") : TRPCRequest.Input(body)
    }

    /// A request that is refused as a whole: one error, whatever was asked for.
    private func refuse(_ refusal: Refusal, _ form: OutputWriter.Form = .plain) -> HTTPResponse {
        TRPCPart(refusal, path: nil, form).response
    }

    private func tooLarge(_ request: TRPCRequest) -> HTTPResponse {
        let refusal = Refusal(.tooLarge, "A body has at most \(settings.bodyBytes) bytes")
        let parts = request.paths.prefix(settings.batchCalls).map { TRPCPart(refusal, path: $0, .plain) }
        return request.isBatch ? TRPCPart.response(batch: parts) : parts[0].response
    }

    // MARK: Running

    private func run(_ request: TRPCRequest, _ input: TRPCRequest.Input, _ exchange: consuming HTTPExchange) {
        let calls: [TRPCCall]
        do throws(Refusal) {
            calls = try TRPCCall.all(of: request, input, services.dispatch.table, settings)
        } catch {
            return exchange.respond(refuse(error, TRPCCall.form(of: input, request)))
        }
        if request.isBatch, calls.contains(where: { $0.capability?.kind == .subscription }) {
            let refusal = Refusal(.badRequest, "Subscriptions come alone, not in batches")
            return exchange.respond(TRPCPart.response(batch: calls.map { TRPCPart(refusal, path: $0.path, $0.form) }))
        }
        if !request.isBatch, calls[0].capability?.kind == .subscription {
            return subscribe(calls[0], request, exchange)
        }
        if request.wantsLines { return stream(calls, request, exchange) }
        let responder = exchange.deferred()
        tasks.start(on: responder.loop) {
            let caller = await self.caller(request)
            guard request.isBatch else {
                return responder.respond(await self.part(calls[0], request, caller).response)
            }
            responder.respond(TRPCPart.response(batch: await self.parts(calls, request, caller)))
        }
    }

    func caller(_ request: TRPCRequest) async -> Caller {
        await services.dispatch.guards.identify(request.evidence, request.facts.now)
    }

    /// Queries run together; mutations one after the other, in the order in which they were sent.
    private func parts(_ calls: [TRPCCall], _ request: TRPCRequest, _ caller: Caller) async -> [TRPCPart] {
        guard calls.count > 1, calls.contains(where: { $0.capability?.kind == .query }) else {
            var parts: [TRPCPart] = []
            for call in calls { parts.append(await part(call, request, caller)) }
            return parts
        }
        return await withTaskGroup(of: (Int, TRPCPart).self) { group in
            for (index, call) in calls.enumerated() {
                group.addTask { (index, await self.part(call, request, caller)) }
            }
            var parts: [TRPCPart?] = Array(repeating: nil, count: calls.count)
            for await (index, part) in group { parts[index] = part }
            return parts.compactMap(\.self)
        }
    }

    private func part(_ call: TRPCCall, _ request: TRPCRequest, _ caller: Caller) async -> TRPCPart {
        do throws(Refusal) {
            let reply = try await reply(to: call, request, caller)
            return TRPCPart(try await reply.settled(call.form), call.form, position: reply.position)
        } catch {
            // An answer in pieces is refused by the door, which has no path.
            return TRPCPart(error, path: error == .streams ? nil : call.path, call.form)
        }
    }

    func reply(to call: TRPCCall, _ request: TRPCRequest, _ caller: Caller) async throws(Refusal) -> Reply {
        let capability = try call.granted(request.method, settings)
        let input = try call.datum()
        return try await services.dispatch.call(capability, input, request.facts.call(by: caller, .trpc))
    }
}

/// Gathers a body whose length nobody knows beforehand.
final class TRPCBody: BodyConsumer {
    private var bytes: [UInt8] = []
    private let limit: Int
    private let tooLarge: HTTPResponse
    private let then: (RawSpan, consuming HTTPExchange) -> Void

    init(limit: Int, tooLarge: HTTPResponse, then: @escaping (RawSpan, consuming HTTPExchange) -> Void) {
        self.limit = limit
        self.tooLarge = tooLarge
        self.then = then
    }

    func receive(_ piece: RawSpan, _ flow: BodyFlow) -> BodyDemand {
        guard piece.byteCount <= limit - bytes.count else { return .answer(tooLarge) }
        bytes.append(piece)
        return .more
    }

    func end(_ exchange: consuming HTTPExchange) {
        let bytes = bytes
        then(bytes.raw, exchange)
    }

    func abandoned() {}
}
