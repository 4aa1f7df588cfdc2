import Glibc
import OpenSSLDriver
import SegmentHistories
import TestSupport

// Random histories of the ledger on a faulty disk, as many as asked for, on every core.
//
//   histories FIRST COUNT      plays the histories FIRST ..< FIRST + COUNT
//
// Exit 1 and the whole history when one fails; each failure is played again, to say how often it repeats.

/// Prints a line whole.
@Sendable func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = unsafe write(2, bytes, bytes.count)
}

@concurrent func run() async -> Int32 {
    let words = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
    guard words.count == 2, words.count == CommandLine.arguments.count - 1, words[1] > 0 else {
        say("usage: histories FIRST COUNT")
        return 2
    }
    do { try Crypto.prepare() } catch {
        say("there is no libcrypto: \(error)")
        return 69
    }
    let run = HistoryRun(of: words[0]..<words[0] + words[1], say: say)
    return await run.play() ? 0 : 1
}

exit(await run())
