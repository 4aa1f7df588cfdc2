import Basics
import Catalogue
import Field
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Views

/// A ledger that field events of every kind fill: good and bad ones, of a few devices, in a few rooms, with forgets.
struct FieldScenario: Sendable {
    let clock = HandClock()
    let ledger: MemoryLedger

    init() throws {
        try Crypto.prepare()
        ledger = MemoryLedger(clock: clock, randomness: SystemRandomness())
    }

    static let devices = (0..<6).map { "device-000\($0)" } + ["unknown", "a-1"]

    @discardableResult
    func say(
        _ device: String,
        _ type: String,
        _ data: [(String, Value)] = [],
        about subject: String? = nil,
        room: String? = nil,
        at: Int64? = nil
    ) async throws -> Position {
        var event = Event(agent: try AgentID(device), type: try EventType(type), body: try Body(Fields(data)))
        event.subject = try subject.map { try SubjectID($0) }
        event.room = try room.map { try RoomID($0) }
        event.at = at
        let receipt = try await ledger.append([Submission(event, by: .open)])
        return try requireNotNil(receipt.positions.first)
    }

    /// Appends random events; time goes on by up to two minutes each.
    func fill(_ count: Int, _ random: inout SeededRandom, forgets: Int = 20) async throws {
        for _ in 0..<count {
            clock.pass(Int64(random.below(120_000)))
            let device = Self.devices[random.below(Self.devices.count)]
            if random.chance(forgets) {
                _ = try await ledger.forget(try SubjectID(device), by: .token)
                continue
            }
            let other = random.chance(150) ? Self.devices[random.below(Self.devices.count)] : nil
            let (type, data, room) = event(&random)
            let at = random.chance(500) ? clock.milliseconds() - Int64(random.below(5000)) : nil
            try await say(device, type, data, about: other, room: room, at: at)
        }
    }

    private func event(_ random: inout SeededRandom) -> (String, [(String, Value)], String?) {
        let kind = FieldKind.allCases.randomElement(using: &random)?.rawValue ?? ""
        let type = random.chance(100) ? ["memory", "note"][random.below(2)] : kind
        var data: [(String, Value)] = []
        if random.chance(850) { data.append(("intensity", number(&random, 1))) }
        if random.chance(500) { data += [("x", number(&random, 29)), ("y", number(&random, 29))] }
        if random.chance(200) { data += [("centerX", number(&random, 500)), ("centerY", number(&random, 500))] }
        if random.chance(300) { data.append(("breathingPhase", number(&random, 360))) }
        if random.chance(900) {
            let words = ["still water", "<b>fire</b>", "a < b", "é", "</p>", "\u{0}zero", "}},{\"id\":\"9\""]
            data.append(("phrase", .text(words[random.below(words.count)])))
        }
        if random.chance(500) { data.append(("resonanceLevel", number(&random, 1))) }
        if random.chance(500) { data.append(("sacredPhrase", .text("we <i>are</i> \(random.below(9))"))) }
        if random.chance(500) { data.append(("targetDevice", .text(Self.devices[random.below(4)]))) }
        if random.chance(100) { data.append(("more", .array([.text("<script>x</script>"), .null, .bool(true)]))) }
        return (type, data, random.chance(900) ? "room-\(random.below(3))" : nil)
    }

    /// Mostly in range, sometimes beyond.
    private func number(_ random: inout SeededRandom, _ most: Double) -> Value {
        let share = Double(random.below(1001)) / 1000
        let number = random.chance(30) ? -share - 0.1 : share * most
        return Value.number(number) ?? .null
    }

    /// Everything in the ledger, as it reads now.
    func events() async throws -> [StoredEvent] {
        var query = LedgerQuery()
        query.limit = 10_000
        return try await ledger.read(query).events
    }

    func end() throws -> Position { try requireNotNil(Position(checking: ledger.extent.durable)) }

    func projector(_ rows: any Rows, pageEvents: Int) async throws -> Projector {
        var limits = ProjectorLimits()
        limits.pageEvents = pageEvents
        return try await Projector(
            [FieldView()],
            of: ledger,
            in: rows,
            limits: limits,
            clock: ImpatientClock(),
            wallClock: clock,
            report: { _ in }
        )
    }
}

/// A clock that a test moves.
final class HandClock: WallClock {
    private let now = Lock<Int64>(1_781_954_400_000)

    func milliseconds() -> Int64 { now.withLock { $0 } }
    func pass(_ milliseconds: Int64) { now.withLock { $0 += milliseconds } }
}
