import Basics
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Views

/// A ledger in memory with the views that follow it, for services that write to one and read the other.
struct FollowedLedger: Sendable {
    let ledger: MemoryLedger
    let rows = MemoryRows()
    let projector: Projector
    let clock = TestClock()

    init(_ views: [any View]) async throws {
        try Crypto.prepare()
        ledger = MemoryLedger(clock: clock, randomness: SystemRandomness())
        projector = try await Projector(
            views,
            of: ledger,
            in: rows,
            clock: ImpatientClock(),
            wallClock: clock,
            report: { _ in }
        )
    }

    var reach: @Sendable (Position) async throws(StoreError) -> Void {
        { [projector] position throws(StoreError) in try await projector.reached(position) }
    }

    /// Runs the projector beside `body`; afterwards every view equals its rebuild.
    func running(_ views: [ViewName], _ body: () async throws -> Void) async throws -> [Bool] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await projector.run() }
            try await body()
            if let last = Position(checking: ledger.extent.durable) { try await projector.reached(last) }
            var areSame: [Bool] = []
            for view in views { areSame.append(try await projector.rebuild(view, .check) { RunningSHA256() }.isSame) }
            group.cancelAll()
            return areSame
        }
    }
}
