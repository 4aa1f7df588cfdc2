package import Basics
package import FilesDriver
package import Ports

/// The engine that histories are played against, and the model that says what must come of them.
package struct HistorySubject: Sendable {
    /// Opens the engine on a disk; `variety` lets an engine vary its options with the history.
    package let open:
        @Sendable (
            _ disk: any Disk, _ clock: any WallClock, _ randomness: any Randomness, _ witnesses: [Int64],
            _ variety: Int
        ) throws -> HistoryEngine
    /// Whether opening failed because the ledger is damaged, rather than because the disk did not answer.
    package let isDamage: @Sendable (any Error) -> Bool
    /// An empty model.
    package let model: @Sendable (_ clock: any WallClock, _ randomness: any Randomness) -> any Ledger

    package init(
        open: @escaping @Sendable (any Disk, any WallClock, any Randomness, [Int64], Int) throws -> HistoryEngine,
        isDamage: @escaping @Sendable (any Error) -> Bool,
        model: @escaping @Sendable (any WallClock, any Randomness) -> any Ledger
    ) {
        self.open = open
        self.isDamage = isDamage
        self.model = model
    }
}

/// An engine that is open.
package struct HistoryEngine: Sendable {
    package let ledger: any Ledger
    /// Stops it cleanly; throws when the disk does not let it.
    package let close: @Sendable () async throws -> Void

    package init(_ ledger: any Ledger, close: @escaping @Sendable () async throws -> Void) {
        self.ledger = ledger
        self.close = close
    }
}

/// What a history showed that must not be.
package struct HistoryFailure: Error, CustomStringConvertible {
    package let seed: UInt64
    package let what: String
    /// The steps that were taken, and the last operations of the disk.
    package let steps: [String]
    package let disk: String

    package var description: String {
        "history \(seed): \(what)\n\(steps.suffix(40).joined(separator: "\n"))\n\(disk)"
    }
}

/// Random histories of a ledger on a disk that plays every fault, one for each seed.
///
/// A history appends, resends, forgets, reads, signs heads, drops segments, stops and starts again, while the disk
/// fails, fills, lies, rots or loses its power. Whatever was acknowledged must be there after every start, once, at its
/// position, with its bytes; what failed without being called uncertain must not; what was called uncertain must be
/// there whole or not at all.
package enum LedgerHistories {
    /// Plays one history; throws what it showed.
    package static func play(_ seed: UInt64, _ subject: HistorySubject) async throws(HistoryFailure) {
        var history = LedgerHistory(seed: seed, subject: subject)
        try await history.play()
    }

    /// Plays many histories, and answers the failures, at most `limit` of them.
    package static func play(
        _ seeds: Range<UInt64>,
        _ subject: HistorySubject,
        limit: Int = 3
    ) async -> [HistoryFailure] {
        var failures: [HistoryFailure] = []
        for seed in seeds where failures.count < limit {
            do throws(HistoryFailure) { try await play(seed, subject) } catch { failures.append(error) }
        }
        return failures
    }

    /// The first seed whose history fails; nil when none does.
    package static func firstFailure(
        in seeds: Range<UInt64>,
        _ subject: HistorySubject
    ) async -> HistoryFailure? {
        await play(seeds, subject, limit: 1).first
    }
}
