package import Stores
package import TestSupport

/// The segment ledger as histories play it: small segments, so that a short life seals many of them.
extension HistorySubject {
    #if DEBUG
    package static func segments(sins: Set<SegmentLedger.Sin>) -> HistorySubject {
        segments { $0.sins = sins }
    }
    #endif

    package static func segments(
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
