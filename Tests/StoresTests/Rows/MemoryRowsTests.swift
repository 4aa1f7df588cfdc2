import Basics
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// The rows in memory keep the port's contract.
@Suite struct MemoryRowsTests {
    init() throws { try Crypto.prepare() }

    @Test(arguments: RowsConformance.checks) func conforms(_ check: RowsCheck) async throws {
        try await check.run(MemoryRowsFixture())
    }
}

/// A new engine each time: nothing outlives it.
struct MemoryRowsFixture: RowsFixture {
    let endurance = RowsEndurance.process
    func open() async throws -> any Rows { MemoryRows() }
    func files() throws -> [[UInt8]] { [] }
}
