import Basics
import FilesDriver
import Foundation
import Model
import OpenSSLDriver
import Ports
import Stores

/// What the ledger's benchmarks append: events as agents send them, about 60 bytes of body each.
///
/// Every writer speaks for agents of its own, which number their events, name one of many subjects and one of 64
/// rooms. So each event is sealed under its subject's key, and found again by agent, subject, type, room and number.
struct LedgerWorkload: Sendable {
    /// How many agents one writer speaks for, and how many subjects all of them have.
    var agentsPerWriter = 16
    ///
    /// Without subjects every event is its agent's own.
    var subjects = 1000
    /// Another prefix makes other agents, whose numbers begin anew.
    var agentPrefix = "agent"
    /// The number that every agent begins with.
    var firstNumber = 1

    /// Bytes of one event without the names of its fields: what the rivals store for it.
    static let payloadBytes = 110

    private static let rooms = (0..<64).compactMap { try? RoomID("room-\($0)") }
    private static let types = ["TOUCH", "SPEAK", "LISTEN", "REST"].compactMap { try? EventType($0) }
    private static let bodies = (0..<256).compactMap { index -> Body? in
        try? Body(
            Fields([
                ("x", .double(Double(index) * 0.25)), ("y", .integer(Int64(index))), ("intensity", .double(0.75)),
                ("phrase", .text("the river remembers us \(index)")),
            ])
        )
    }

    /// The events of one writer, batch by batch.
    struct Writer: Sendable {
        private let agents: [AgentID]
        private let subjects: [SubjectID]
        private let firstNumber: Int
        private let index: Int
        private var turn = 0

        init(_ index: Int, of workload: LedgerWorkload) {
            self.index = index
            firstNumber = workload.firstNumber
            agents = (0..<workload.agentsPerWriter).compactMap {
                try? AgentID("\(workload.agentPrefix)-\(index)-\($0)")
            }
            subjects = (0..<workload.subjects).compactMap { try? SubjectID("device-\($0)") }
        }

        mutating func batch(of count: Int) -> [Submission] {
            var batch: [Submission] = []
            batch.reserveCapacity(count)
            for _ in 0..<count {
                let place = turn &+ index &* 7919
                var event = Event(
                    agent: agents[turn % agents.count],
                    type: LedgerWorkload.types[place & 3],
                    body: LedgerWorkload.bodies[place & 255]
                )
                event.number = EventNumber(Int64(firstNumber + turn / agents.count))
                if !subjects.isEmpty { event.subject = subjects[place % subjects.count] }
                event.room = LedgerWorkload.rooms[place & 63]
                event.at = 1_781_954_400_000 + Int64(turn)
                batch.append(Submission(event, by: .token))
                turn += 1
            }
            return batch
        }
    }

    /// What a run did.
    struct Outcome: Sendable {
        let events: Int
        let cost: Cost
        /// How long each batch waited for its acknowledgement.
        let microseconds: [Double]

        var perSecond: Double { Double(events) / cost.seconds }
        var cpuMicrosecondsEach: Double { cost.cpuSeconds * 1e6 / Double(events) }
    }

    /// Appends with `load.writers` tasks at once until the time is over, or until there are `limit` events.
    func run(_ load: Load, on ledger: SegmentLedger, seconds: Double, limit: Int = .max) async throws -> Outcome {
        let (clock, cpu) = (Meter.now, Meter.cpuSeconds)
        let end = clock + seconds
        let share = limit == .max ? Int.max : (limit + load.writers - 1) / load.writers
        var waits: [Double] = []
        var events = 0
        try await withThrowingTaskGroup(of: [Double].self) { group in
            for index in 0..<load.writers {
                group.addTask {
                    var writer = Writer(index, of: self)
                    var waits: [Double] = []
                    while Meter.now < end, waits.count * load.batch < share {
                        let batch = writer.batch(of: load.batch)
                        let begin = Meter.now
                        _ = try await ledger.append(batch)
                        waits.append((Meter.now - begin) * 1e6)
                    }
                    return waits
                }
            }
            for try await more in group {
                waits += more
                events += more.count * load.batch
            }
        }
        guard events > 0 else { throw Failure("nothing was appended in \(seconds) s") }
        let cost = Cost(seconds: Meter.now - clock, cpuSeconds: Meter.cpuSeconds - cpu)
        return Outcome(events: events, cost: cost, microseconds: waits)
    }
}

extension SegmentLedger {
    /// Opens the ledger of a scratch folder as a server would.
    static func open(in folder: URL) throws -> SegmentLedger {
        try Crypto.prepare()
        return try open(
            on: PosixDisk(path: folder.path(percentEncoded: false)),
            clock: SystemClock(),
            randomness: SystemRandomness()
        )
    }
}
