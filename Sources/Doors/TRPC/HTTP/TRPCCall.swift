internal import Basics
internal import Capability
internal import NetDriver

/// One call of a request: its procedure, its input, and the form in which it is answered.
struct TRPCCall: Sendable {
    let path: String
    /// Nil when there is no such procedure.
    let capability: Capability?
    let input: TRPCRequest.Input
    let form: OutputWriter.Form

    init(path: String, _ capability: Capability?, _ raw: TRPCRequest.Input, assumed form: OutputWriter.Form = .plain) {
        self.path = path
        self.capability = capability
        guard case .datum(let datum) = raw, SuperJSON.isForm(of: datum) else {
            input = raw
            if case .none = raw { self.form = form } else { self.form = .plain }
            return
        }
        do throws(SuperJSON.Unreadable) {
            input = .datum(try SuperJSON.read(datum))
        } catch {
            input = .unreadable(error.reason)
        }
        self.form = .rich
    }

    /// The calls of a request, or why it is refused as a whole.
    static func all(
        of request: TRPCRequest,
        _ raw: TRPCRequest.Input,
        _ table: CapabilityTable,
        _ settings: TRPCDoor.Settings
    ) throws(Refusal) -> [TRPCCall] {
        if request.wantsLines, !request.isBatch {
            throw Refusal(.badRequest, "Streamed answers are for batches; a batch may be of one call")
        }
        guard request.isBatch else { return [TRPCCall(path: request.paths[0], table[request.paths[0]], raw)] }
        guard settings.batches == .granted else { throw Refusal(.badRequest, "Batches are not taken here") }
        guard request.paths.count <= settings.batchCalls else {
            throw Refusal(.badRequest, "A batch has at most \(settings.batchCalls) calls")
        }
        // Whoever speaks superjson does so in each input of a batch.
        let form = form(of: raw, request)
        let calls = zip(request.paths, inputs(raw, request.paths.count)).map { path, input in
            TRPCCall(path: path, table[path], input, assumed: form)
        }
        let kinds = Set(calls.compactMap { $0.capability?.kind })
        guard kinds.count <= 1 else {
            let names = kinds.map(\.rawValue).sorted().joined(separator: ", ")
            throw Refusal(.badRequest, "A batch is of one kind of calls, not of \(names)")
        }
        return calls
    }

    /// The form of a request as a whole.
    static func form(of raw: TRPCRequest.Input, _ request: TRPCRequest) -> OutputWriter.Form {
        let inputs = request.isBatch ? inputs(raw, min(request.paths.count, 100)) : [raw]
        let isRich = inputs.contains { input in
            if case .datum(let datum) = input { SuperJSON.isForm(of: datum) } else { false }
        }
        return isRich ? .rich : .plain
    }

    private static func inputs(_ raw: TRPCRequest.Input, _ count: Int) -> [TRPCRequest.Input] {
        switch raw {
        case .datum(.object(let entries)):
            (0..<count).map { index in
                let key = String(index)
                return entries.contains(key) ? .datum(entries[key]) : .none
            }
        case .datum: Array(repeating: .unreadable("the input of a batch is an object"), count: count)
        case .none, .unreadable: Array(repeating: raw, count: count)
        }
    }

    /// The capability that the call may ask for, by that method.
    func granted(_ method: HTTPMethod, _ settings: TRPCDoor.Settings) throws(Refusal) -> Capability {
        guard let capability else { throw Refusal(.notFound, "No procedure found on path \"\(path)\"") }
        let isFit =
            switch (capability.kind, method) {
            case (.query, .get), (.subscription, .get), (.mutation, .post): true
            case (.query, .post): settings.queriesByPost == .granted
            default: false
            }
        guard isFit else {
            let kind = capability.kind.rawValue
            throw Refusal(
                .methodNotSupported,
                "Unsupported \(method.name)-request to \(kind) procedure at path \"\(path)\""
            )
        }
        return capability
    }

    /// What was said, once it is to be read.
    func datum() throws(Refusal) -> Datum {
        switch input {
        case .none: return .absent
        case .datum(let datum): return datum
        case .unreadable(let reason):
            // Who takes no input does not mind one.
            guard capability?.input != .nothing else { return .absent }
            throw Refusal(.badRequest, "The input cannot be read: \(reason)")
        }
    }
}
