import Basics
import Model
import OpenSSLDriver
import Ports
import Testing

/// What every engine of `Ledger` must do: one check for each sentence of its contract.
package struct LedgerCheck: Sendable, CustomTestStringConvertible {
    package let name: String
    package let run: @Sendable (any LedgerFixture) async throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (any LedgerFixture) async throws -> Void) {
        self.name = name
        self.run = run
    }

    package var testDescription: String { name }
}

/// The conformance suite of `Ledger`: an engine passes when every check does.
///
/// The checks are the port's contract and the meaning of an event in the wire contract, one sentence each.
package enum LedgerConformance {
    package static let checks: [LedgerCheck] =
        appending + resending + recognising + refusing + signing + reading + following + concurrency + proving
        + forgetting
        + retention + endurance

    typealias Sample = LedgerSample

    /// Opens an empty ledger, runs `body` and closes it.
    static func with(
        _ fixture: any LedgerFixture,
        _ setting: LedgerSetting = LedgerSetting(),
        _ body: (any Ledger, TestClock) async throws -> Void
    ) async throws {
        try Crypto.prepare()
        let ledger = try await fixture.open(setting)
        do {
            try await body(ledger, setting.clock)
        } catch {
            try await fixture.close(ledger)
            throw error
        }
        try await fixture.close(ledger)
    }

    // MARK: Doing

    @discardableResult
    static func append(_ ledger: any Ledger, _ events: [Event], by writer: Writer = .open) async throws -> AppendReceipt
    {
        try await ledger.append(events.map { Submission($0, by: writer) })
    }

    @discardableResult
    static func forget(_ ledger: any Ledger, _ subject: String) async throws -> Forgetting {
        try await ledger.forget(try SubjectID(subject), by: .token)
    }

    /// Every readable event, page by page.
    static func all(_ ledger: any Ledger, _ query: LedgerQuery = LedgerQuery()) async throws -> [StoredEvent] {
        var query = query
        var events: [StoredEvent] = []
        while true {
            let page = try await ledger.read(query)
            events += page.events
            guard let next = page.next else { return events }
            // A page that leads nowhere would go on for ever.
            if query.order == .ascending {
                try #require(next > query.after)
                query.after = next
            } else {
                try #require(next < query.before ?? .max)
                query.before = next
            }
        }
    }

    static func event(_ ledger: any Ledger, at position: Int64) async throws -> StoredEvent {
        var query = LedgerQuery()
        query.after = position - 1
        query.before = position + 1
        return try #require(try await ledger.read(query).events.first)
    }

    // MARK: Expecting

    /// Expects a refusal for exactly these reasons, that changes nothing.
    static func refuses(
        _ ledger: any Ledger,
        _ events: [Event],
        _ expected: [AppendRefusal],
        _ comment: Comment? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let before = ledger.extent
        let root = try await ledger.root(at: before.size)
        do throws(AppendError) {
            _ = try await ledger.append(events.map { Submission($0, by: .open) })
            Issue.record("nothing was refused \(comment?.description ?? "")", sourceLocation: location)
        } catch {
            switch error {
            case .refused(let refusals):
                #expect(sorted(refusals) == sorted(expected), comment, sourceLocation: location)
            case .store(let failure, _): Issue.record("the store failed: \(failure)", sourceLocation: location)
            }
        }
        #expect(ledger.extent.size == before.size, comment, sourceLocation: location)
        #expect(try await ledger.root(at: before.size) == root, comment, sourceLocation: location)
    }

    private static func sorted(_ refusals: [AppendRefusal]) -> [AppendRefusal] {
        refusals.sorted { ($0.index, "\($0.reason)") < ($1.index, "\($1.reason)") }
    }

    static func refusal(_ index: Int, _ reason: AppendRefusal.Reason) -> AppendRefusal {
        AppendRefusal(index: index, reason: reason)
    }

    /// Expects an error of one kind.
    static func fails(
        _ kind: StoreError.Kind,
        _ location: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        do {
            try await body()
            Issue.record("nothing failed", sourceLocation: location)
        } catch let error as StoreError {
            #expect(error.kind == kind, "\(error)", sourceLocation: location)
        } catch {
            Issue.record("not a store's error: \(error)", sourceLocation: location)
        }
    }

    /// Expects events to be answered as duplicates at these positions, and nothing to be appended.
    static func recognises(
        _ ledger: any Ledger,
        _ events: [Event],
        at positions: [Int64],
        by writer: Writer = .open,
        _ comment: Comment? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let before = ledger.extent.size
        let receipt = try await append(ledger, events, by: writer)
        #expect(receipt.positions.map(\.index) == positions, comment, sourceLocation: location)
        #expect(receipt.duplicates == Array(events.indices), comment, sourceLocation: location)
        #expect(ledger.extent.size == before, comment, sourceLocation: location)
    }

    /// Expects events to be appended as new ones, at the end.
    static func takes(
        _ ledger: any Ledger,
        _ events: [Event],
        _ comment: Comment? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let before = ledger.extent.size
        let receipt = try await append(ledger, events)
        #expect(
            receipt.positions.map(\.index) == Array(before..<before + Int64(events.count)),
            comment,
            sourceLocation: location
        )
        #expect(receipt.duplicates.isEmpty, comment, sourceLocation: location)
    }
}
