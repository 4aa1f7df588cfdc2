internal import Basics
internal import Capability
internal import Model
internal import NetDriver
internal import Web

/// One WebSocket of `/api/trpc`: calls and subscriptions side by side, each by its identifier.
///
/// Used on its loop; it holds a lock only because its tasks come back to it.
final class TRPCSocket: WebSocketHandler, Sendable {
    /// Calls and subscriptions that may run at once.
    private static let limit = 256

    private let door: TRPCDoor
    private let facts: CallFacts
    private let pen: SocketPen
    private let socket: WebSocket
    private let state: Lock<State>

    private struct State {
        var evidence: Evidence
        /// Whether the first message is to say who is there.
        var awaitsParameters: Bool
        var running: [[UInt8]: Running] = [:]
        /// How many calls there were: what tells one from a later one of the same identifier.
        var calls = 0
        var isClosed = false
    }

    private struct Running: Sendable {
        let number: Int
        let kind: Capability.Kind
        let answer: SocketAnswer
        /// Nil until the task stands.
        var ticket: TaskScope.Ticket?
    }

    init(_ door: TRPCDoor, _ socket: WebSocket, _ facts: CallFacts, _ evidence: Evidence, awaitsParameters: Bool) {
        self.door = door
        self.socket = socket
        self.facts = facts
        state = Lock(State(evidence: evidence, awaitsParameters: awaitsParameters))
        pen = SocketPen(socket)
        if let seconds = door.settings.socketPingSeconds { ask(after: seconds) }
    }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Asks in text whether somebody is there, as long as the socket is open.
    private func ask(after seconds: Double) {
        socket.loop.execute(after: seconds) { [weak self] _ in
            guard let self, !isClosed else { return }
            socket.send(SocketAnswer.ping)
            ask(after: seconds)
        }
    }

    func received(_ message: RawSpan, _ kind: WebSocketMessageKind, on socket: WebSocket) {
        if message.isSame(as: "PING") {
            socket.send(SocketAnswer.pong)
            return
        }
        if message.isSame(as: "PONG") { return }
        for part in SocketMessage.all(in: message) {
            switch part {
            case .success(let message): take(message)
            case .failure(let refusal): refuse(refusal)
            }
        }
    }

    private func refuse(_ refusal: Refusal, _ form: OutputWriter.Form = .plain) {
        socket.send(SocketAnswer(id: nil, hasVersion: false, form: form).error(refusal, path: nil))
    }

    private func take(_ message: SocketMessage) {
        switch message.wish {
        case .connect(let parameters): connect(parameters)
        case .stop: if let id = message.id { stop(id) }
        case .call(let kind, let path, let input, let last):
            guard let id = message.id else { return }
            let capability = door.services.dispatch.table[path]
            let call = TRPCCall(path: path, capability?.kind == kind ? capability : nil, input)
            let answer = SocketAnswer(id: id, hasVersion: message.hasVersion, form: call.form)
            do throws(Refusal) {
                guard let capability = call.capability else {
                    throw Refusal(.notFound, "No \"\(kind.rawValue)\"-procedure on path \"\(path)\"")
                }
                try start(capability, call, answer, id, last)
            } catch {
                socket.send(answer.error(error, path: path))
            }
        }
    }

    // MARK: Who is there

    private func connect(_ parameters: Datum) {
        let evidence: Evidence? = state.withLock { state in
            guard state.awaitsParameters else { return nil }
            state.awaitsParameters = false
            state.evidence.add(connection: parameters)
            return state.evidence
        }
        guard let evidence else { return refuse(Refusal(.unreadable, "Parameters come first, once")) }
        door.tasks.start(on: socket.loop) { [self] in
            let caller = await door.services.dispatch.guards.identify(evidence, facts.now)
            guard case .unproven(let reason) = caller else { return }
            socket.loop.execute { _ in self.turnAway(reason) }
        }
    }

    /// What form it speaks nobody knows yet: the plain one is read by all.
    private func turnAway(_ reason: String) {
        guard !isClosed else { return }
        refuse(Refusal(.unauthorized, reason))
        socket.close(.policyViolation, "unauthorized")
    }

    // MARK: Calls

    private func start(
        _ capability: Capability,
        _ call: TRPCCall,
        _ answer: SocketAnswer,
        _ id: [UInt8],
        _ last: String?
    ) throws(Refusal) {
        let (number, evidence) = try state.withLock { state throws(Refusal) in
            guard state.running[id] == nil else {
                throw Refusal(.badRequest, "There is a call of this `id` already")
            }
            guard state.running.count < Self.limit else {
                throw Refusal(.tooManyRequests, "At most \(Self.limit) calls run at once on a socket")
            }
            state.calls += 1
            state.running[id] = Running(number: state.calls, kind: capability.kind, answer: answer)
            return (state.calls, state.evidence)
        }
        let now = Instant(milliseconds: door.services.clock.milliseconds())
        let facts = CallFacts(now: now, requestID: facts.requestID, isForeign: facts.isForeign)
        let ticket = door.tasks.start(on: socket.loop) { [self] in
            let caller = await door.services.dispatch.guards.identify(evidence, now)
            var context = facts.call(by: caller, .socket)
            context.lastEventID = last
            await run(capability, call, context, answer)
            state.withLock { if $0.running[id]?.number == number { $0.running[id] = nil } }
        }
        state.withLock { if $0.running[id]?.number == number { $0.running[id]?.ticket = ticket } }
    }

    private func run(_ capability: Capability, _ call: TRPCCall, _ context: Call, _ answer: SocketAnswer) async {
        let dispatch = door.services.dispatch
        var hasStarted = false
        do throws(Refusal) {
            let input = try call.datum()
            if capability.kind == .subscription {
                let subscription = try await dispatch.subscribe(capability, input, context)
                _ = await pen.write(answer.started())
                hasStarted = true
                try await subscription.run { [pen] value in _ = await pen.write(answer.value(value)) }
            } else {
                let reply = try await dispatch.call(capability, input, context)
                _ = await pen.write(answer.data(try await reply.settled(answer.form)))
            }
        } catch {
            _ = await pen.write(answer.error(error, path: call.path))
        }
        // Whoever stopped it was told so at once.
        if hasStarted, !Task.isCancelled { _ = await pen.write(answer.stopped()) }
    }

    private func stop(_ id: [UInt8]) {
        let subscription: Running? = state.withLock { state in
            // The end of one that has ended by itself is known.
            guard let running = state.running[id], running.kind == .subscription else { return nil }
            state.running[id] = nil
            return running
        }
        guard let subscription else { return }
        subscription.ticket?.cancel()
        socket.send(subscription.answer.stopped())
    }

    // MARK: The wire's

    func writable(_ socket: WebSocket) { pen.writable() }

    func closed(_ socket: WebSocket, _ code: CloseCode) {
        let calls = state.withLock { state in
            defer { state.running = [:] }
            state.isClosed = true
            return Array(state.running.values)
        }
        pen.closed()
        // Mutations go on: what was begun is done, whoever reads of it.
        for call in calls where call.kind != .mutation { call.ticket?.cancel() }
        door.sockets.remove(self)
    }

    /// Asks the client to come again on another connection.
    func leave() { socket.send(SocketAnswer.reconnect) }
}
