import FilesDriver
import Ports
import Stores
import TestSupport
import Testing

/// The segment ledger keeps the port's contract.
@Suite struct SegmentLedgerConformanceTests {
    @Test(arguments: LedgerConformance.checks) func conforms(_ check: LedgerCheck) async throws {
        try await check.run(SegmentLedgerFixture())
    }
}

/// A disk in memory, and segments so small that there are many.
struct SegmentLedgerFixture: LedgerFixture {
    let endurance = LedgerEndurance.files
    let disk = FaultyDisk(seed: 1)

    func open(_ setting: LedgerSetting) async throws -> any Ledger {
        var options = SegmentLedger.Options()
        options.segmentBytes = 16 << 10
        options.growthBytes = 8 << 10
        options.keyHorizon = KeyHorizon(milliseconds: setting.keyMilliseconds, count: setting.keyCount)
        return try SegmentLedger.open(on: disk, options: options, clock: setting.clock, randomness: setting.randomness)
    }

    func close(_ ledger: any Ledger) async throws {
        guard let ledger = ledger as? SegmentLedger else { return }
        try await ledger.close()
    }
}
