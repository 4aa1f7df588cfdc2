internal import Basics
internal import FilesDriver
internal import OpenSSLDriver
internal import Ports
internal import Stores
internal import Views

/// A data folder with the ledger in it, and the views' rows: the one place that knows which engine plays which port.
struct OpenedLedger: Sendable {
    let folder: DataFolder
    let ledger: SegmentLedger
    let rows: SQLiteRows?

    /// Opens the ledger to look only.
    ///
    /// A running server may be writing: what its writer was about to finish while the files were read can look like
    /// damage, and is gone at the next look.
    static func reading(_ loaded: LoadedConfiguration) async throws(CommandFailure) -> OpenedLedger {
        let folder = try DataFolder(reading: loaded.ledgerFolder)
        let masterKey = try loaded.masterKeyOrFailure()
        let rows = try await rows(of: folder, .readOnly)
        var attempt = 1
        while true {
            do {
                let ledger = try SegmentLedger.openForReading(
                    on: folder.disk,
                    clock: SystemClock(),
                    randomness: SystemRandomness(),
                    masterKey: masterKey?.revealed
                )
                return OpenedLedger(folder: folder, ledger: ledger, rows: rows)
            } catch {
                guard attempt < 5, case .damage = error, folder.isHeld else { throw .ledger(folder.path, error) }
                attempt += 1
            }
        }
    }

    /// Opens the ledger to write, alone; what is missing is made.
    static func writing(
        _ loaded: LoadedConfiguration,
        missing: DataFolder.Missing
    ) async throws(CommandFailure) -> OpenedLedger {
        switch loaded.configuration.database {
        case .embedded, .folder: return try await embedded(loaded, missing)
        }
    }

    private static func embedded(
        _ loaded: LoadedConfiguration,
        _ missing: DataFolder.Missing
    ) async throws(CommandFailure) -> OpenedLedger {
        let folder = try DataFolder(writing: loaded.ledgerFolder, missing: missing)
        let masterKey = try loaded.masterKeyOrFailure()
        let rows = try await rows(of: folder, .readWrite)
        do {
            let ledger = try SegmentLedger.open(
                on: folder.disk,
                clock: SystemClock(),
                randomness: SystemRandomness(),
                witnesses: try await witnesses(rows),
                masterKey: masterKey?.revealed
            )
            return OpenedLedger(folder: folder, ledger: ledger, rows: rows)
        } catch let error as LedgerOpenError {
            throw .ledger(folder.path, error)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
    }

    /// Opens the views' rows; nil when they are only read, and there are none.
    static func rows(
        of folder: DataFolder,
        _ mode: SQLiteRows.Options.Mode
    ) async throws(CommandFailure) -> SQLiteRows? {
        if mode == .readOnly {
            guard try folder.names().contains(DataFolder.rowsName) else { return nil }
        }
        var options = SQLiteRows.Options()
        options.mode = mode
        do {
            return try await SQLiteRows.open(
                folder.rowsPath,
                options,
                migrations: ViewCatalogue.migrations,
                clock: SystemClock()
            )
        } catch {
            throw .rows(folder.rowsPath, error)
        }
    }

    /// The positions that views have applied: all of them were durable.
    static func witnesses(_ rows: SQLiteRows?) async throws(CommandFailure) -> [Int64] {
        guard let rows else { return [] }
        do {
            return try await rows.positions().compactMap { $0.position?.index }
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
    }

    /// Lets go of everything; a ledger that was open to write leaves a signed head.
    func close() async throws(CommandFailure) {
        await rows?.close()
        do { try await ledger.close() } catch { throw CommandFailure(.failed, "\(error)") }
    }
}

extension LoadedConfiguration {
    func masterKeyOrFailure() throws(CommandFailure) -> MasterKey? {
        do { return try masterKey(reading: CommandContext.read) } catch { throw CommandContext.failure(error) }
    }
}

extension CommandFailure {
    /// Why the views' database does not open.
    static func rows(_ path: String, _ error: StoreError) -> CommandFailure {
        switch error.kind {
        case .corrupt:
            CommandFailure(
                .badData,
                "the views' database \(path) is damaged: \(error)",
                remedy: "it holds nothing that the ledger does not: move it away, and `prima rebuild` makes it again"
            )
        case .invalid, .unsupported, .conflict, .unavailable, .timedOut:
            CommandFailure(.unusableFolder, "the views' database \(path) cannot be used: \(error)")
        case .notFound, .exhausted, .cancelled, .unexpected: CommandFailure(.failed, "\(error)")
        }
    }
}
