internal import Basics
internal import Capability
internal import NetDriver
internal import Web

/// Batches whose answers come as lines of JSON, each as soon as it is there.
extension TRPCDoor {
    private static let lineFields: HTTPFields = {
        var fields = TRPCPart.fields()
        fields.add("X-Accel-Buffering", "no")
        return fields
    }()

    private static let ping = [UInt8(ascii: " ")]

    func stream(_ calls: [TRPCCall], _ request: TRPCRequest, _ exchange: consuming HTTPExchange) {
        let form: OutputWriter.Form = calls.contains { $0.form == .rich } ? .rich : .plain
        let loop = exchange.loop
        let pen = StreamPen { pen in
            let lines = StreamedLines(pen, form, count: calls.count)
            let ticket = self.tasks.start(on: loop) {
                await lines.head()
                let caller = await self.caller(request)
                await self.write(calls, request, caller, lines)
                pen.finish()
            }
            guard let ticket else { return pen.finish() }
            // Mutations go on: what was begun is done, whoever reads of it.
            if request.method == .get { pen.whenClosed { ticket.cancel() } }
        }
        exchange.stream(
            .ok,
            fields: Self.lineFields,
            heartbeat: settings.pingSeconds.map { Heartbeat(Self.ping, every: $0) },
            from: pen
        )
    }

    private func write(
        _ calls: [TRPCCall],
        _ request: TRPCRequest,
        _ caller: Caller,
        _ lines: StreamedLines
    ) async {
        guard calls.contains(where: { $0.capability?.kind == .query }) else {
            for (index, call) in calls.enumerated() { await write(index, call, request, caller, lines) }
            return
        }
        await withDiscardingTaskGroup { group in
            for (index, call) in calls.enumerated() {
                group.addTask { await self.write(index, call, request, caller, lines) }
            }
        }
    }

    private func write(
        _ index: Int,
        _ call: TRPCCall,
        _ request: TRPCRequest,
        _ caller: Caller,
        _ lines: StreamedLines
    ) async {
        do throws(Refusal) {
            let reply = try await reply(to: call, request, caller)
            await lines.result(index, reply, path: call.path)
        } catch {
            await lines.error(index, error, path: call.path)
        }
    }
}

/// The lines of one streamed batch: each names the place that it fills, and the places that it leaves to be filled.
final class StreamedLines: Sendable {
    private let pen: StreamPen
    private let form: OutputWriter.Form
    private let next: Lock<Int>
    private let count: Int

    init(_ pen: StreamPen, _ form: OutputWriter.Form, count: Int) {
        self.pen = pen
        self.form = form
        self.count = count
        next = Lock(count)
    }

    private func place() -> Int {
        next.withLock { next in
            defer { next += 1 }
            return next
        }
    }

    /// Says where the answers of the calls will be.
    func head() async {
        var out = JSONWriter()
        out.openObject()
        for index in 0..<count {
            out.key(String(index))
            out.json("[[0],[null,0,\(index)]]".utf8.raw)
        }
        out.closeObject()
        await write(out.bytes, [])
    }

    /// An envelope in two lines, and in a third what was answered; whatever comes later follows.
    func result(_ index: Int, _ reply: Reply, path: String) async {
        let envelope = place()
        await write(Array("[\(index),0,[[{\"result\":0}],[\"result\",0,\(envelope)]]]".utf8), [])
        let data = place()
        await write(Array("[\(envelope),0,[[{\"data\":0}],[\"data\",0,\(data)]]]".utf8), [])
        await value(data, status: 0, reply, path: path)
    }

    func error(_ index: Int, _ refusal: Refusal, path: String) async {
        var line = Array("[\(index),0,[[{\"error\":".utf8)
        line.append(TRPCWords.error(refusal, path: path).raw)
        line.append("}]]]")
        await write(line, [])
    }

    private func value(_ place: Int, status: Int, _ reply: Reply, path: String) async {
        let rendition = reply.rendered(form)
        var line = Array("[\(place),\(status),[[".utf8)
        var notes = rendition.notes
        if !rendition.isAbsent { line.append(rendition.json.raw) } else { notes = [] }
        line.append(UInt8(ascii: "]"))
        var later: [(Int, Deferred)] = []
        for pending in rendition.pending {
            let place = self.place()
            var key = JSONWriter()
            if let step = pending.path.first { key.text(step.text) } else { key.null() }
            line.append(",[")
            line.append(key.bytes.raw)
            line += Array(",\(pending.deferred.isSeries ? 1 : 0),\(place)]".utf8)
            later.append((place, pending.deferred))
        }
        line.append("]]")
        await write(line, notes.map(Self.below))
        for (place, deferred) in later { await follow(place, deferred, path: path) }
    }

    private func follow(_ place: Int, _ deferred: Deferred, path: String) async {
        do throws(Refusal) {
            switch deferred {
            case .promise(let promise): await value(place, status: 0, try await promise(), path: path)
            case .series(let next):
                while !Task.isCancelled, !pen.isClosed {
                    switch try await next() {
                    case .element(let reply): await value(place, status: 1, reply, path: path)
                    case .end(let reply): return await value(place, status: 0, reply, path: path)
                    }
                }
            }
        } catch {
            var line = Array("[\(place),\(deferred.isSeries ? 2 : 1),".utf8)
            line.append(TRPCWords.error(error, path: path).raw)
            line.append(UInt8(ascii: "]"))
            await write(line, [])
        }
    }

    /// A value stands third in its line, inside two lists.
    private static func below(_ note: Rendition.Note) -> Rendition.Note {
        var note = note
        note.path = [.index(2), .index(0), .index(0)] + note.path
        return note
    }

    private func write(_ json: [UInt8], _ notes: [Rendition.Note]) async {
        var line: [UInt8] = []
        switch form {
        case .plain: line = json
        case .rich: SuperJSON.appendDocument(json.raw, notes: notes, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        _ = await pen.write(line)
    }
}

extension Deferred {
    fileprivate var isSeries: Bool {
        if case .series = self { return true }
        return false
    }
}
