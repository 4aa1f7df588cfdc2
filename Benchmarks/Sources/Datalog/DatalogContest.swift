import Datalog
import Foundation

/// Asks everybody the questions of a benchmark in turns, and compares the answers.
final class DatalogContest {
    /// The core that everybody is pinned to.
    private static let core = max(0, ProcessInfo.processInfo.activeProcessorCount - 1)
    private let scratch: URL
    private let workers: [(systems: [DatalogSystem], worker: DatalogWorker)]
    private var skipped: [DatalogSystem: String] = [:]

    /// `postgreSQL`: its socket folder and its client, or why it does not run.
    init(scratch: URL, postgreSQL: Result<(client: String, sockets: String), Failure>) throws {
        self.scratch = scratch
        try Self.pin()
        let finder = FileManager.default.currentDirectoryPath + "/scripts/datalog-python"
        let python = try? Command.output(finder, []).split(separator: "\n").last.map(String.init)
        var workers: [(systems: [DatalogSystem], worker: DatalogWorker)] = []
        let candidates: [([DatalogSystem], [String])] = [
            ([.cozo], ["cozo"]), ([.mnestic], ["mnestic"]), ([.duckDB, .duckDBKeys], ["duckdb"]),
            ([.sqlite], ["sqlite"]),
        ]
        for (systems, words) in candidates {
            do {
                guard let python else { throw Failure("scripts/datalog-python finds no Python with its package") }
                workers.append((systems, try DatalogWorker(python, words, core: Self.core)))
            } catch {
                for system in systems { skipped[system] = "\(error)" }
            }
        }
        do {
            let (client, sockets) = try postgreSQL.get()
            guard let python else { throw Failure("scripts/datalog-python finds no Python") }
            let words = ["postgresql", client, sockets, "\(Self.core)"]
            workers.append(([.postgreSQL], try DatalogWorker(python, words, core: Self.core)))
        } catch {
            skipped[.postgreSQL] = "\(error)"
        }
        self.workers = workers
        for (system, reason) in skipped.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            Terminal.put("  SKIPPED: \(system.rawValue): \(reason)")
        }
    }

    func stop() { for (_, worker) in workers { worker.stop() } }

    /// This thread runs on one core from here on, like the rivals.
    private static func pin() throws {
        let thread = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
        guard let number = thread.split(separator: "/").last else { return }
        _ = try Command.output(Command.path(of: "taskset"), ["-cp", "\(core)", String(number)])
    }

    /// Who asks, and how one measurement goes.
    private struct Contender {
        let system: DatalogSystem?
        let name: String
        /// CPU seconds and the answer; nil when it was stopped.
        let run: () throws -> (cpu: Double, digest: DatalogDigest)?
        var best = Double.infinity
        var isStopped = false
    }

    /// Our milliseconds beside those of each rival.
    func measure(_ cell: DatalogCell, seconds: Double) throws -> [Figure] {
        var contenders = [try ours(cell)] + (try rivals(cell))
        var expected: DatalogDigest?
        for round in 0..<5 {
            for place in contenders.indices where !contenders[place].isStopped {
                // Who is slow is asked once: the difference is beyond doubt.
                if round > 0, contenders[place].best * Double(cell.times) > seconds / 5 { continue }
                guard let (cpu, digest) = try contenders[place].run() else {
                    contenders[place].isStopped = true
                    continue
                }
                contenders[place].best = min(contenders[place].best, cpu)
                if round == 0 { Terminal.say("  \(cell.name): \(contenders[place].name) \(cpu * 1000) ms") }
                guard expected?.agrees(with: digest) ?? true else {
                    throw Failure("\(cell.name): \(contenders[place].name) answers otherwise than we do")
                }
                expected = expected ?? digest
            }
        }
        let own = contenders[0].best * 1000
        return [Figure(name: cell.name, value: own, unit: "ms")]
            + contenders.dropFirst().map { rival in
                let label = rival.isStopped ? "\(rival.name), stopped after \(Int(cell.patience)) s" : rival.name
                let value = rival.isStopped ? cell.patience * 1000 : rival.best * 1000
                let rivalry = Figure.Rivalry(name: rival.system?.rawValue ?? "", value: value, label: label)
                return Figure(name: cell.name, value: own, unit: "ms", rival: rivalry)
            }
            + DatalogSystem.allCases.compactMap { system in
                guard let reason = skipped[system], system.speaksCozoScript ? cell.asksCozo : cell.sql[system] != nil
                else {
                    return nil
                }
                let rivalry = Figure.Rivalry(name: system.rawValue, skipped: reason)
                return Figure(name: cell.name, value: own, unit: "ms", rival: rivalry)
            }
    }

    private func ours(_ cell: DatalogCell) throws -> Contender {
        let database = Database()
        let columns = cell.graph.columns()
        database.load(
            cell.graph.name,
            keys: Array(cell.graph.columnNames.prefix(2)),
            values: Array(cell.graph.columnNames.dropFirst(2)),
            columns.map { .integers($0) }
        )
        return Contender(system: nil, name: "Prima") {
            var answer = Datalog.Answer.done
            let cost = try Meter.measure {
                for _ in 0..<cell.times { answer = try database.run(cell.script, Database.Call(now: 0, seed: 1)) }
            }
            return (cost.cpuSeconds / Double(cell.times), try Self.digest(of: answer))
        }
    }

    private static func digest(of answer: Datalog.Answer) throws(Failure) -> DatalogDigest {
        var integers: [[Int64]] = []
        for column in answer.columns {
            switch column {
            case .integers(let numbers): integers.append(numbers)
            case .values(let values):
                let floats = values.compactMap(\.number)
                guard floats.count == values.count, let nodes = integers.first else {
                    throw Failure("an answer of other things than numbers")
                }
                return DatalogDigest(nodes: nodes, floats: floats)
            }
        }
        return DatalogDigest(integers: integers)
    }

    private func rivals(_ cell: DatalogCell) throws -> [Contender] {
        let file = scratch.appending(path: "\(cell.graph.hashValue).csv")
        let columns = cell.graph.columns()
        var text = ""
        for row in columns[0].indices { text += columns.map { "\($0[row])" }.joined(separator: ",") + "\n" }
        try Data(text.utf8).write(to: file)
        var contenders: [Contender] = []
        for (systems, worker) in workers {
            let asked = systems.filter { $0.speaksCozoScript ? cell.asksCozo : cell.sql[$0] != nil }
            guard !asked.isEmpty else { continue }
            try worker.load(cell.graph, from: file.path(percentEncoded: false))
            for system in asked {
                let query = cell.sql[system] ?? cell.script
                let name = system == .duckDBKeys ? "\(worker.version) USING KEY" : worker.version
                contenders.append(
                    Contender(system: system, name: name) {
                        let reply = try worker.run(query, seconds: cell.patience, times: cell.times)
                        guard let cpu = reply.cpu, let digest = reply.digest else { return nil }
                        return (cpu, DatalogDigest(digest))
                    }
                )
            }
        }
        return contenders
    }
}
