internal import Basics
internal import Capability
internal import Model
internal import NetDriver
internal import Web

/// Calls by GET and POST.
extension RESTDoor {
    func handle(_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        guard let capability = Self.capability(request.path, services.dispatch.table) else {
            let problem = Problem(.notFound, "no-such-path", "There is no capability at this path.")
            return exchange.respond(problem.response(context))
        }
        let isPost = request.method == .post
        guard isPost == (capability.kind == .mutation), isPost || request.method == .get || request.method == .head
        else {
            var problem = Problem(.methodNotAllowed, "method-not-allowed", "This path does not take that method.")
            problem.fields.add("Allow", capability.kind == .mutation ? "POST" : "GET, HEAD")
            return exchange.respond(problem.response(context))
        }
        let facts = CallFacts(
            now: Instant(milliseconds: services.clock.milliseconds()),
            requestID: context.name(),
            isForeign: services.browsers.isForeign(request)
        )
        let evidence = Evidence(request)
        if isPost { return post(request, capability, evidence, facts, context, exchange) }
        do throws(Problem) {
            let input = try Datum(parameters: request, of: capability.input)
            if capability.kind == .subscription {
                try checkEvents(request)
                var last: String?
                if let field = request.field("last-event-id") { last = String(decoding: field.copy, as: UTF8.self) }
                return subscribe(capability, input, last, evidence, facts, context, exchange)
            }
            run(capability, input, evidence, facts, context, exchange)
        } catch {
            exchange.respond(error.response(context))
        }
    }

    private func checkEvents(_ request: HTTPRequest) throws(Problem) {
        guard MediaType.preferred(of: ["text/event-stream"], by: request) == nil else { return }
        throw Problem(
            .notAcceptable,
            "not-acceptable",
            "Nothing that `Accept` allows is there: only text/event-stream."
        )
    }

    private func post(
        _ request: HTTPRequest,
        _ capability: Capability,
        _ evidence: Evidence,
        _ facts: CallFacts,
        _ context: RequestContext,
        _ exchange: consuming HTTPExchange
    ) {
        let hasBody = request.hasBody && request.bodyLength != 0
        guard !hasBody || MediaType.isPlain(request) && MediaType.isBody(request, "application/json") else {
            let problem = Problem(.unsupportedMediaType, "unsupported-media-type", "A body here is application/json.")
            return exchange.respond(problem.response(context))
        }
        exchange.readBody(limit: Self.bodyBytes) { _, body, exchange in
            guard body.byteCount > 0 else {
                return self.run(capability, .absent, evidence, facts, context, exchange)
            }
            do throws(JSONError) {
                self.run(capability, try Datum(json: body), evidence, facts, context, exchange)
            } catch {
                let problem = Problem(.badRequest, "unreadable", "The body cannot be read: \(error).")
                exchange.respond(problem.response(context))
            }
        }
    }

    /// The same at a path from before there were capabilities.
    func get(
        _ capability: Capability,
        _ alias: Capability.Alias,
        _ request: HTTPRequest,
        _ context: RequestContext,
        _ exchange: consuming HTTPExchange
    ) {
        let facts = CallFacts(
            now: Instant(milliseconds: services.clock.milliseconds()),
            requestID: context.name(),
            isForeign: services.browsers.isForeign(request)
        )
        do throws(Problem) {
            var input = try Datum(parameters: request, of: capability.input)
            if let parameter = alias.parameter, case .object(var entries) = input {
                entries["\(parameter)"] = .text(String(decoding: context.parameter, as: UTF8.self))
                input = .object(entries)
            }
            run(capability, input, Evidence(request), facts, context, exchange, alias.content)
        } catch {
            exchange.respond(error.response(context))
        }
    }

    private func run(
        _ capability: Capability,
        _ input: Datum,
        _ evidence: Evidence,
        _ facts: CallFacts,
        _ context: RequestContext,
        _ exchange: consuming HTTPExchange,
        _ content: Capability.Alias.Content = .json
    ) {
        let (responder, dispatch) = (exchange.deferred(), services.dispatch)
        tasks.start(on: responder.loop) {
            do throws(Refusal) {
                let caller = await dispatch.guards.identify(evidence, facts.now)
                let reply = try await dispatch.call(capability, input, facts.call(by: caller, .rest))
                responder.respond(Self.response(try await reply.settled(.plain), reply.position, content))
            } catch {
                responder.respond(Problem(error).response(context))
            }
        }
    }

    /// The output itself; what has no value has no body.
    private static func response(
        _ rendition: Rendition,
        _ position: Int64?,
        _ content: Capability.Alias.Content
    ) -> HTTPResponse {
        var fields = fields
        if case .text(let type) = content {
            var reader = JSONReader(rendition.json.raw)
            fields = HTTPFields(contentType: type)
            let text = (try? reader.string()) ?? ""
            return HTTPResponse(.ok, fields: fields, body: Array(text.utf8), compression: .whenAsked)
        }
        if let position { fields.add("Prima-Position", Int(position)) }
        guard !rendition.isAbsent else { return HTTPResponse(.noContent, fields: fields) }
        return HTTPResponse(.ok, fields: fields, body: rendition.json, compression: .whenAsked)
    }

    // MARK: Subscriptions

    private func subscribe(
        _ capability: Capability,
        _ input: Datum,
        _ last: String?,
        _ evidence: Evidence,
        _ facts: CallFacts,
        _ context: RequestContext,
        _ exchange: consuming HTTPExchange
    ) {
        let (dispatch, loop) = (services.dispatch, exchange.loop)
        let pen = StreamPen { pen in
            let ticket = self.tasks.start(on: loop) {
                do throws(Refusal) {
                    var call = facts.call(by: await dispatch.guards.identify(evidence, facts.now), .rest)
                    call.lastEventID = last
                    let subscription = try await dispatch.subscribe(capability, input, call)
                    try await subscription.run { value in _ = await pen.write(Self.event(value)) }
                } catch {
                    let problem = Problem(error).json(instance: context.instance, name: facts.requestID)
                    _ = await pen.write(Self.event(nil, type: "error", problem))
                }
                pen.finish()
            }
            guard let ticket else { return pen.finish() }
            pen.whenClosed { ticket.cancel() }
        }
        exchange.stream(
            .ok,
            fields: ServerSentEvent.fields(),
            heartbeat: Heartbeat(ServerSentEvent.ping, every: Self.pingSeconds),
            slowReader: .isEnded,
            from: pen
        )
    }

    private static func event(_ value: Tracked<Reply>) -> [UInt8] {
        event(value.id, type: nil, value.content.rendered(.plain).json)
    }

    /// JSON is one line, and an identifier has to be one.
    private static func event(_ id: String?, type: StaticString?, _ data: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        if let id {
            out.append("id: ")
            for byte in id.utf8 { out.append(byte < 0x20 ? 0x20 : byte) }
            out.append("\n")
        }
        if let type {
            out.append("event: ")
            out.append(type)
            out.append("\n")
        }
        out.append("data: ")
        out.append(data.raw)
        out.append("\n\n")
        return out
    }
}
