import Basics
import FilesDriver
import Foundation
import Model
import OpenSSLDriver
import Ports
import Stores
import Testing

/// What only the segment ledger does: cutting, sealing, reopening real files.
@Suite struct SegmentLedgerTests {
    static func folder() throws -> String {
        let path = NSTemporaryDirectory() + "prima-segments-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    static func open(_ path: String, segmentBytes: Int64 = 64 << 10) throws -> SegmentLedger {
        var options = SegmentLedger.Options()
        options.segmentBytes = segmentBytes
        options.growthBytes = 16 << 10
        return try SegmentLedger.open(
            on: PosixDisk(path: path),
            options: options,
            clock: SystemClock(),
            randomness: SystemRandomness()
        )
    }

    static func event(
        _ agent: String,
        _ number: Int64,
        type: String = "TOUCH",
        room: String? = nil
    ) throws -> Submission {
        var event = Event(
            agent: try AgentID(agent),
            type: try EventType(type),
            body: try Body(Fields([("x", .integer(number))]))
        )
        event.number = EventNumber(number)
        event.room = try room.map { try RoomID($0) }
        return Submission(event, by: .open)
    }

    @Test func keepsWhatItAcknowledgedAcrossSegmentsAndStarts() async throws {
        let path = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var heads: [TreeHead] = []
        for start in 0..<3 {
            let ledger = try Self.open(path)
            #expect(ledger.extent.size == Int64(start * 1000))
            for batch in 0..<10 {
                let base = start * 1000 + batch * 100
                let events = try (0..<100).map {
                    try Self.event("a-\($0 % 7)", Int64(base + $0 + 1), room: "r\($0 % 3)")
                }
                let receipt = try await ledger.append(events)
                #expect(receipt.positions.map(\.index) == (base..<base + 100).map(Int64.init))
                heads.append(receipt.head)
            }
            try await ledger.close()
        }
        let ledger = try Self.open(path)
        #expect(ledger.extent.size == 3000)
        #expect(ledger.extent.segments > 3)
        for head in heads { #expect(try await ledger.root(at: head.size) == head.root) }
        var query = LedgerQuery()
        query.limit = 10_000
        let page = try await ledger.read(query)
        #expect(page.events.count == 3000)
        for (index, event) in page.events.enumerated() {
            #expect(event.position.index == Int64(index))
            #expect(event.body == (try Body(Fields([("x", .integer(Int64(index + 1)))]))))
        }
        query.agents = [try AgentID("a-3")]
        query.rooms = [try RoomID("r1")]
        let filtered = try await ledger.read(query)
        let expected = page.events.filter { $0.head.agent.text == "a-3" && $0.head.room?.text == "r1" }
        #expect(filtered.events.map(\.position) == expected.map(\.position))
        query.order = .descending
        let descending = try await ledger.read(query)
        #expect(descending.events.map(\.position) == expected.map(\.position).reversed())
        let resend = try await ledger.append([
            try Self.event("a-0", 1, room: "r0"), try Self.event("a-1", 2, room: "r1"),
        ])
        #expect(resend.positions.map(\.index) == [0, 1])
        #expect(resend.duplicates == [0, 1])
        for position in stride(from: Int64(0), to: 3000, by: 97) {
            let proof = try await ledger.inclusion(of: Position(position), in: 3000)
            #expect(proof.leaf == page.events[Int(position)].hash)
        }
        try await ledger.close()
    }

    @Test func forgetsAndKeepsProofs() async throws {
        let path = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let ledger = try Self.open(path)
        for number in 1...50 { _ = try await ledger.append([try Self.event("a-\(number % 5)", Int64(number))]) }
        let forgetting = try await ledger.forget(SubjectID("a-2"), by: .token)
        #expect(forgetting.position?.index == 50)
        #expect(forgetting.events == 10)
        let again = try await ledger.forget(SubjectID("a-2"), by: .token)
        #expect(again.position?.index == 50)
        #expect(again.events == 0)
        _ = try await ledger.append([try Self.event("a-2", 100)])
        try await ledger.close()
        let reopened = try Self.open(path)
        let page = try await reopened.read(LedgerQuery())
        for event in page.events where event.head.agent.text == "a-2" {
            #expect((event.body == nil) == (event.position.index < 50))
        }
        try await reopened.close()
    }

    @Test func retentionKeepsNumbersAndLeaves() async throws {
        let path = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var ledger = try Self.open(path)
        for batch in 0..<30 {
            _ = try await ledger.append((0..<50).map { try Self.event("a", Int64(batch * 50 + $0 + 1)) })
        }
        let root = try await ledger.root(at: 1500)
        try await ledger.close()
        ledger = try Self.open(path)
        let first = try await ledger.retain(from: Position(1000))
        #expect(first.index > 0 && first.index <= 1000)
        #expect(try await ledger.root(at: 1500) == root)
        let resend = try await ledger.append([try Self.event("a", 7)])
        #expect(resend.positions.map(\.index) == [6])
        try await ledger.close()
        ledger = try Self.open(path)
        #expect(ledger.extent.first == first.index)
        #expect(try await ledger.root(at: 1500) == root)
        let other = try await ledger.append([try Self.event("a", 7, type: "BREATH")])
        #expect(other.duplicates == [0])
        try await ledger.close()
    }
}
