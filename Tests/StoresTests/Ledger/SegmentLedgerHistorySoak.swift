import FilesDriver
import Glibc
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// The segment ledger through random histories on a disk that plays every fault.
@Suite struct SegmentLedgerHistorySoak {
    init() throws { try Crypto.prepare() }

    /// How many histories are played: `PRIMA_SOAK_HISTORIES`, from `PRIMA_SOAK_SEED` on, or what fits into a test run.
    ///
    /// A failure names its history, which can be played alone.
    private static let histories: Range<UInt64> = {
        let first = number("PRIMA_SOAK_SEED") ?? 0
        return first..<first + (number("PRIMA_SOAK_HISTORIES") ?? 2000)
    }()

    private static func number(_ variable: String) -> UInt64? {
        guard let value = unsafe getenv(variable) else { return nil }
        return UInt64(unsafe String(cString: value))
    }

    private static let parts: UInt64 = 8

    @Test(arguments: 0..<parts) func keepsWhatItAcknowledged(part: UInt64) async {
        let all = Self.histories
        let share = (UInt64(all.count) + Self.parts - 1) / Self.parts
        let seeds = (all.lowerBound + part * share..<all.lowerBound + (part + 1) * share).clamped(to: all)
        let failures = await LedgerHistories.play(seeds, .segments())
        for failure in failures { Issue.record(failure) }
    }

    #if DEBUG
    /// By now each sin must have been noticed.
    private static let bound: UInt64 = 3000

    @Test(arguments: SegmentLedger.Sin.allCases) func findsEverySin(_ sin: SegmentLedger.Sin) async {
        let failure = await LedgerHistories.firstFailure(in: 0..<Self.bound, .segments(sins: [sin]))
        #expect(failure != nil, "\(Self.bound) histories did not notice \(sin)")
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
                options.committing = SegmentLedger.Committing.allCases[variety / 24 % 2]
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
