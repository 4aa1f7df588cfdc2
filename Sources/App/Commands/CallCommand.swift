internal import Basics
internal import Capability
internal import FilesDriver
internal import Model
internal import Ports
internal import Stores
internal import Views

/// `prima call`: a capability by its name, in the data folder itself.
package struct CallCommand: Command {
    package static let name = "call"
    package static let summary = "call a capability by its name"
    package static let usage = "NAME --input JSON [--json]"
    package static let explanation = """
        Calls a capability as the operator, with a JSON document for its input, and prints its answer: as JSON, or, for a
        report, its text unless --json asks for the document. It opens the data folder itself, and
        exits 73 while a server has it: ask the server then, at /api/v1/NAME with slashes for dots.

        A refusal is said on standard error and exits 1; a capability that is not there exits 2.
        """
    package static let options: [CommandOption<Self>] = [
        CommandOption("--input", taking: "JSON", \.input, "the input; without one, none"), .json(\.style),
    ]
    package static let operands: [CommandOperand<Self>] = [
        CommandOperand("NAME", \.capability, "what the capability is called, as agent.list")
    ]

    private var capability: String?
    private var input: String?
    private var style = OutputStyle.text

    package init() {}

    package func run(_ context: CommandContext) async throws(CommandFailure) -> ExitCode {
        guard let name = capability else {
            throw CommandFailure(.wrongUsage, "no capability is named", remedy: "as in `prima call mind.report`")
        }
        let datum = try parsed()
        let loaded = try context.configuration()
        let opened = try await OpenedLedger.open(loaded, missing: .create)
        let outcome: Result<String, CommandFailure>
        do throws(CommandFailure) {
            outcome = .success(try await call(name, datum, loaded, opened))
        } catch {
            outcome = .failure(error)
        }
        try await opened.close()
        try context.console.result(try outcome.get())
        return .done
    }

    private func parsed() throws(CommandFailure) -> Datum {
        guard let input else { return .absent }
        do throws(JSONError) { return try Datum(json: input.utf8.raw) } catch {
            throw CommandFailure(.wrongUsage, "--input is no JSON: \(error)")
        }
    }

    private func call(
        _ name: String,
        _ input: Datum,
        _ loaded: LoadedConfiguration,
        _ opened: OpenedLedger
    ) async throws(CommandFailure) -> String {
        let projector: Projector
        do { projector = try await opened.projector { _ in } } catch { throw .rows(opened.folder.rowsPath, error) }
        let mind = try OpenedMind(loaded, opened, projector, hasOperator: nil) { Pulse(startedAt: 0).vitals(nil, nil) }
        guard let capability = mind.dispatch.table[name] else {
            let names = mind.dispatch.table.list.map(\.name.text).joined(separator: ", ")
            throw CommandFailure(.wrongUsage, "there is no capability called \(name)", remedy: "there are \(names)")
        }
        let projecting = Task { await projector.run() }
        defer { projecting.cancel() }
        let facts = Call(
            caller: .operator,
            now: Instant(milliseconds: SystemClock().milliseconds()),
            requestID: "prima-call",
            origin: Call.Origin(door: .command, isForeign: false)
        )
        do throws(Refusal) {
            // What was written before is shown.
            if let last = Position(checking: opened.ledger.extent.durable) {
                try await mind.dispatch.guards.reach(last)
            }
            let reply = try await mind.dispatch.call(capability, input, facts)
            return text(try await reply.settled(.plain))
        } catch {
            let places = error.faults.map { "\n  \($0.place): \($0.message)" }.joined()
            throw CommandFailure(.failed, "\(error.code.rawValue): \(error.message)\(places)")
        }
    }

    private func text(_ rendition: Rendition) -> String {
        let json = String(decoding: rendition.json, as: UTF8.self)
        guard style == .text else { return json }
        var reader = JSONReader(rendition.json.raw)
        guard let document = try? reader.value(), case .map(let fields) = document else { return json }
        if case .text(let text)? = fields["report"] { return text }
        return json
    }
}
