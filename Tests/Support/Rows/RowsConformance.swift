import Basics
import Model
import OpenSSLDriver
import Ports
import Testing

/// What every engine of `Rows` must do: one check for each sentence of the port's contract.
package struct RowsCheck: Sendable, CustomTestStringConvertible {
    package let name: String
    package let run: @Sendable (any RowsFixture) async throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (any RowsFixture) async throws -> Void) {
        self.name = name
        self.run = run
    }

    package var testDescription: String { name }
}

/// The conformance suite of `Rows`: an engine passes when every check does.
package enum RowsConformance {
    package static let checks: [RowsCheck] =
        transactions + reading + scans + generations + adoption + endurance + random

    typealias Sample = RowsSample

    /// Opens the engine with both views adopted, runs `body` and closes.
    static func with(
        _ fixture: any RowsFixture,
        _ body: (any Rows) async throws -> Void
    ) async throws {
        let rows = try await fixture.open()
        do {
            _ = try await rows.adopt(Sample.view)
            _ = try await rows.adopt(Sample.other)
            try await body(rows)
        } catch {
            await rows.close()
            throw error
        }
        await rows.close()
    }

    static func put(
        _ rows: any Rows,
        _ added: [Row],
        in table: Table = Sample.things,
        at position: Int64? = nil
    )
        async throws
    {
        try await rows.write(Sample.view.name) { transaction throws(StoreError) in
            for row in added { try transaction.put(row, in: table) }
            if let position { try transaction.advance(to: Position(position)) }
        }
    }

    static func all(
        _ rows: any Rows,
        _ table: Table = Sample.things,
        _ generation: Generation = .live
    ) async throws
        -> [Row]
    {
        try await rows.read(generation) { snapshot throws(StoreError) in try snapshot.rows(Scan(table)) }
    }

    static func applied(_ rows: any Rows, _ view: ViewSchema = Sample.view) async throws -> Position? {
        try await rows.read { snapshot throws(StoreError) in try snapshot.position(of: view.name) }
    }

    static func digest(_ rows: any Rows, _ generation: Generation = .live) async throws -> RowsDigest {
        try await rows.digest(of: Sample.view, generation) { RunningSHA256() }
    }

    /// Expects a refusal of one kind.
    static func refuses(
        _ kind: StoreError.Kind,
        _ location: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        do {
            try await body()
            Issue.record("nothing was refused", sourceLocation: location)
        } catch let error as StoreError {
            #expect(error.kind == kind, "\(error)", sourceLocation: location)
        } catch {
            Issue.record("not a store's error: \(error)", sourceLocation: location)
        }
    }

    /// What a body throws when it changes its mind.
    static let changedMind = StoreError(.unexpected, in: "change one's mind")
}
