import Ports
import Stores
import TestSupport
import Testing

/// The ledger in memory keeps the port's contract.
@Suite struct MemoryLedgerTests {
    @Test(arguments: LedgerConformance.checks) func conforms(_ check: LedgerCheck) async throws {
        try await check.run(MemoryLedgerFixture())
    }
}

/// A new engine each time: nothing outlives it.
struct MemoryLedgerFixture: LedgerFixture {
    let endurance = LedgerEndurance.process

    func open(_ setting: LedgerSetting) async throws -> any Ledger {
        MemoryLedger(
            clock: setting.clock,
            randomness: setting.randomness,
            keys: KeyHorizon(milliseconds: setting.keyMilliseconds, count: setting.keyCount)
        )
    }

    func close(_ ledger: any Ledger) async throws {}
}
