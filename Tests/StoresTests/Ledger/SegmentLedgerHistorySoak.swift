import FilesDriver
import OpenSSLDriver
import Ports
import SegmentHistories
import Stores
import TestSupport
import Testing

/// The segment ledger through random histories on a disk that plays every fault.
@Suite struct SegmentLedgerHistorySoak {
    init() throws { try Crypto.prepare() }

    /// As many as fit into a test run; a failure names its history.
    ///
    /// `make soak` plays others.
    private static let histories: Range<UInt64> = 0..<2000
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
