internal import Basics
internal import FilesDriver
internal import Model
internal import OpenSSLDriver
internal import Ports
internal import Stores
internal import Views

/// `prima verify`: reads everything, and checks everything.
package struct VerifyCommand: Command {
    package static let name = "verify"
    package static let summary = "read everything and check everything"
    package static let usage = "[--json]"
    package static let explanation = """
        Checks every checksum, position, root, look-up, commitment, signature, key and head, then folds the views anew
        in memory and compares them with their rows. --json prints {"ok", "size", "root", "first", "segments",
        "errors"}, and "tail" {"position", "bytes"} when something stands after the last whole group, which a start
        would cut.

        Damage, or a lost head key, exits 65; rows of a view that are not what the ledger gives exit 1; a folder that is
        none of Prima's exits 73. It only reads, beside a running server too.
        """
    package static let options: [CommandOption<Self>] = [.json(\.style)]

    private var style = OutputStyle.text

    package init() {}

    package func run(_ context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let loaded = try context.configuration()
        let masterKey = try loaded.masterKeyOrFailure()
        let folder = try DataFolder(reading: loaded.ledgerFolder)
        var views = ViewVerification(folder: folder, console: context.console)
        let witnesses = await views.lookAtRows()
        let found = try Self.verify(folder, masterKey, witnesses)
        if found.isSound { try await views.compare(with: loaded) }
        let result = VerifyResult(ledger: found, views: views.errors)
        switch style {
        case .json: try context.console.result(result.report.json)
        case .text: try context.console.result(result.text)
        }
        for error in result.errors { context.console.say(error) }
        return found.isSound ? (views.errors.isEmpty ? .done : .failed) : .badData
    }

    /// Walks over the ledger.
    ///
    /// What a running server was about to finish can look like damage, and is gone at the next look.
    private static func verify(
        _ folder: DataFolder,
        _ masterKey: MasterKey?,
        _ witnesses: [Int64]
    ) throws(CommandFailure) -> LedgerVerification {
        guard try folder.hasLedger() else { return .empty }
        // Says by its exit code what a walk would only put in words: a foreign file, a newer one, a missing master key.
        try OpenedLedger.refuseUnusable(folder, masterKey)
        var looks = 1
        while true {
            let verifier = LedgerVerifier(
                disk: folder.disk,
                clock: SystemClock(),
                randomness: SystemRandomness(),
                masterKey: masterKey?.revealed
            )
            let found = verifier.verify(witnesses: witnesses)
            guard !found.isSound, looks < DataFolder.looks, try folder.isInUse() else { return found }
            looks += 1
        }
    }
}

extension LedgerVerification {
    /// A folder in which no ledger was begun.
    fileprivate static var empty: LedgerVerification {
        var empty = LedgerVerification()
        empty.root = SHA256.hash([])
        return empty
    }
}

/// What a verification says.
private struct VerifyResult {
    let ledger: LedgerVerification
    let views: [String]

    var errors: [String] { ledger.errors + views }
    var isSound: Bool { ledger.isSound && views.isEmpty }

    var report: Report {
        var fields: [Report.Field] = [
            Report.Field("ok", .flag(isSound)),
            Report.Field("size", .number(ledger.size)),
            Report.Field("root", ledger.root.map { .text($0.description) } ?? .none),
            Report.Field("first", .number(ledger.first)),
            Report.Field("segments", .number(Int64(ledger.segments))),
            Report.Field("errors", .list(errors.map(Report.text))),
        ]
        if let tail = ledger.tail {
            let place: Report = ["position": .number(tail.position), "bytes": .number(tail.bytes)]
            fields.append(Report.Field("tail", place))
        }
        return .fields(fields)
    }

    var text: String {
        let root = ledger.root.map { ", root \($0)" } ?? ""
        let tail = ledger.tail.map { "\na start would cut \($0.bytes) bytes from position \($0.position) on" } ?? ""
        let verdict = isSound ? "sound" : "not sound"
        return
            "\(verdict): \(ledger.size) positions from \(ledger.first) on in \(ledger.segments) segments\(root)\(tail)"
    }
}
