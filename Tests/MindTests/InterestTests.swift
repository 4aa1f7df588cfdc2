import Basics
import FilesDriver
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing
import Views

/// A view that names the types it looks at is fed these alone, and comes as far as one that is fed all.
@Suite(.timeLimit(.minutes(5))) struct InterestTests {
    let tests: ProjectorTests

    init() throws { tests = try ProjectorTests() }

    @Test(arguments: [1, 2, 3] as [UInt64]) func oneWithAnInterestHoldsWhatOneWithoutHolds(_ seed: UInt64) async throws
    {
        var random = SeededRandom(seed: seed)
        let rows = MemoryRows()
        let views = [NotesView(.all), NotesView(.notes)]
        let projector = try await tests.projector(rows, views: views, pageEvents: 5)
        for _ in 0..<8 {
            for _ in 0..<20 {
                let type = try EventType(random.chance(200) ? "note" : "other")
                let event = Event(agent: try AgentID("a-\(random.below(3))"), type: type)
                _ = try await tests.scenario.ledger.append([Submission(event, by: .open)])
                if random.chance(50) { try await tests.scenario.forget("a-\(random.below(3))") }
            }
            let end = try tests.end()
            for view in views {
                let report = try await projector.rebuild(view.name, random.chance(500) ? .check : .replace) {
                    RunningSHA256()
                }
                #expect(report.isSame && report.live.position == end, "seed \(seed)")
            }
            let held = try await rows.read { snapshot throws(StoreError) in
                [try snapshot.rows(Scan(views[0].table)), try snapshot.rows(Scan(views[1].table))]
            }
            #expect(held[0] == held[1] && !held[0].isEmpty, "seed \(seed)")
        }
    }

    @Test func whatRetentionDroppedIsAGapToo() async throws {
        for number in 0..<20 { try await tests.scenario.say("a-1", Int64(number)) }
        _ = try await tests.scenario.ledger.retain(from: Position(5))
        let projector = try await tests.projector(MemoryRows(), views: [NotesView(.notes)])
        await #expect(throws: StoreError.self) {
            _ = try await projector.rebuild(NotesView(.notes).name, .check) { RunningSHA256() }
        }
    }
}

/// Where notes are that were not forgotten.
private struct NotesView: View {
    enum Feed { case all, notes }

    let table: Table
    let schema: ViewSchema
    let interest: [EventType]
    private static let note = EventType(unchecked: "note")

    init(_ feed: Feed) {
        switch feed {
        case .all:
            table = Table("noted_all", key: [.integer("position")], columns: [.text("agent")])
            interest = []
            schema = ViewSchema("noted_all", version: 1, tables: [table])
        case .notes:
            table = Table("noted", key: [.integer("position")], columns: [.text("agent")])
            interest = [Self.note]
            schema = ViewSchema("noted", version: 1, tables: [table])
        }
    }

    func apply(_ events: ArraySlice<StoredEvent>, in transaction: any RowsTransaction) throws(StoreError) {
        for event in events where event.head.type == Self.note && event.body != nil {
            try transaction.put([.integer(event.position.index), .text(event.head.agent.text)], in: table)
        }
    }

    func forget(_ subject: SubjectID, before _: Position, in transaction: any RowsTransaction) throws(StoreError) {
        for row in try transaction.rows(Scan(table)) where row[1].text == subject.text {
            try transaction.delete([row[0]], from: table)
        }
    }
}
