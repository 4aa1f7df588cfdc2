internal import Basics
internal import Capability
internal import NetDriver
internal import Web

/// Subscriptions over HTTP, as server-sent events.
extension TRPCDoor {
    private static let eventFields: HTTPFields = {
        var fields = TRPCPart.fields(contentType: "text/event-stream")
        fields.add("Cache-Control", "no-cache, no-transform")
        fields.add("X-Accel-Buffering", "no")
        return fields
    }()

    private static let ping = event("ping", [])

    /// An event as the genuine server writes it: with one line end more than is needed.
    private static func event(_ type: StaticString, _ data: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.append("event: ")
        out.append(type)
        out.append("\ndata: ")
        out.append(data.raw)
        out.append("\n\n\n")
        return out
    }

    private var connected: [UInt8] {
        var out = JSONWriter()
        out.openObject()
        if let milliseconds = settings.reconnectMilliseconds {
            out.field("reconnectAfterInactivityMs")
            out.integer(milliseconds)
        }
        out.closeObject()
        return Self.event("connected", out.bytes)
    }

    func subscribe(_ call: TRPCCall, _ request: TRPCRequest, _ exchange: consuming HTTPExchange) {
        let loop = exchange.loop
        let pen = StreamPen { pen in self.feed(call, request, pen, loop) }
        if let seconds = settings.streamSeconds { loop.execute(after: seconds) { _ in pen.finish() } }
        exchange.stream(
            .ok,
            fields: Self.eventFields,
            heartbeat: settings.pingSeconds.map { Heartbeat(Self.ping, every: $0) },
            slowReader: .isEnded,
            from: pen
        )
    }

    private func feed(_ call: TRPCCall, _ request: TRPCRequest, _ pen: StreamPen, _ loop: EventLoop) {
        let connected = connected
        let ticket = tasks.start(on: loop) {
            guard await pen.write(connected) == .written else { return }
            do throws(Refusal) {
                try await self.run(call, request) { value in
                    _ = await pen.write(Self.event(value, call.form))
                }
                // Whoever was cut off comes again: for it the subscription has not ended.
                if !Task.isCancelled { _ = await pen.write(Self.event("return", [])) }
            } catch {
                var data: [UInt8] = []
                TRPCWords.append(error, path: call.path, call.form, to: &data)
                _ = await pen.write(Self.event("serialized-error", data))
            }
            pen.finish()
        }
        guard let ticket else { return pen.finish() }
        pen.whenClosed { ticket.cancel() }
    }

    private func run(
        _ call: TRPCCall,
        _ request: TRPCRequest,
        _ deliver: @escaping Subscription.Delivery
    ) async throws(Refusal) {
        let capability = try call.granted(request.method, settings)
        let input = try call.datum()
        var facts = request.facts.call(by: await caller(request), .trpc)
        facts.lastEventID = request.lastEventID
        try await services.dispatch.subscribe(capability, input, facts).run(deliver)
    }

    private static func event(_ value: Tracked<Reply>, _ form: OutputWriter.Form) -> [UInt8] {
        var out: [UInt8] = []
        out.append("data: ")
        TRPCWords.append(value.content.rendered(form), form, to: &out)
        if let id = value.id {
            out.append("\nid: ")
            // An identifier is one line.
            for byte in id.utf8 { out.append(byte < 0x20 ? 0x20 : byte) }
        }
        out.append("\n\n\n")
        return out
    }
}
