import FilesDriver
import Glibc
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// The segment ledger through random histories on a disk that plays every fault.
@Suite struct SegmentLedgerHistoryTests {
    init() throws { try Crypto.prepare() }

    /// How many histories are played: `PRIMA_HISTORIES`, or what fits into a test run.
    private static let count: UInt64 = {
        guard let value = unsafe getenv("PRIMA_HISTORIES") else { return 400 }
        return UInt64(unsafe String(cString: value)) ?? 400
    }()

    private static let parts: UInt64 = 8

    @Test(arguments: 0..<parts) func keepsWhatItAcknowledged(part: UInt64) async {
        let share = (Self.count + Self.parts - 1) / Self.parts
        let failures = await LedgerHistories.play(part * share..<(part + 1) * share, .segments())
        for failure in failures { Issue.record(failure) }
    }

    #if DEBUG
    @Test(arguments: SegmentLedger.Sin.allCases) func findsEverySin(_ sin: SegmentLedger.Sin) async {
        let failure = await LedgerHistories.firstFailure(in: 0..<600, .segments(sins: [sin]))
        #expect(failure != nil, "600 histories did not notice \(sin)")
    }
    #endif
}

extension HistorySubject {
    #if DEBUG
    static func segments(sins: Set<SegmentLedger.Sin>) -> HistorySubject {
        segments { $0.sins = sins }
    }
    #endif

    static func segments(
        _ change: @escaping @Sendable (inout SegmentLedger.Options) -> Void = { _ in }
    ) -> HistorySubject {
        HistorySubject(
            open: { disk, clock, randomness, witnesses, variety in
                var options = SegmentLedger.Options()
                options.segmentBytes = [6 << 10, 12 << 10, 40 << 10][variety % 3]
                options.growthBytes = [2 << 10, 8 << 10][variety / 3 % 2]
                options.groupBytes = [4 << 10, 1 << 20][variety / 6 % 2]
                options.filterBytes = [0, 1 << 20][variety / 12 % 2]
                change(&options)
                let ledger = try SegmentLedger.open(
                    on: disk,
                    options: options,
                    clock: clock,
                    randomness: randomness,
                    witnesses: witnesses
                )
                return HistoryEngine(ledger) { try await ledger.close() }
            },
            isDamage: { error in
                guard case .damage? = error as? LedgerOpenError else { return false }
                return true
            },
            model: { clock, randomness in MemoryLedger(clock: clock, randomness: randomness) }
        )
    }
}
