internal import Basics
internal import Catalogue
internal import FilesDriver
internal import Model
internal import OpenSSLDriver
internal import Ports
internal import Stores
internal import Views

/// A ledger with the rows of its views, open in a data folder that this process owns.
///
/// The one place that knows which engine plays which port.
struct OpenedLedger: Sendable {
    let folder: DataFolder
    let ledger: SegmentLedger
    let rows: SQLiteRows

    /// Opens everything that the configuration names, and makes what is missing.
    static func open(
        _ loaded: LoadedConfiguration,
        missing: DataFolder.Missing,
        options: SegmentLedger.Options = SegmentLedger.Options(),
        clock: any WallClock = SystemClock()
    ) async throws(CommandFailure) -> OpenedLedger {
        switch loaded.configuration.database {
        case .embedded, .folder: try await embedded(loaded, missing, options, clock)
        }
    }

    private static func embedded(
        _ loaded: LoadedConfiguration,
        _ missing: DataFolder.Missing,
        _ options: SegmentLedger.Options,
        _ clock: any WallClock
    ) async throws(CommandFailure) -> OpenedLedger {
        let masterKey = try loaded.masterKeyOrFailure()
        let folder = try DataFolder(writing: loaded.ledgerFolder, missing: missing)
        let rows = try await folder.rows(.readWrite)
        do throws(CommandFailure) {
            let ledger = try open(folder, try await rows.witnesses(), masterKey, options, clock)
            return OpenedLedger(folder: folder, ledger: ledger, rows: rows)
        } catch {
            await rows.close()
            throw error
        }
    }

    private static func open(
        _ folder: DataFolder,
        _ witnesses: [Int64],
        _ masterKey: MasterKey?,
        _ options: SegmentLedger.Options,
        _ clock: any WallClock
    ) throws(CommandFailure) -> SegmentLedger {
        do {
            return try SegmentLedger.open(
                on: folder.disk,
                options: options,
                clock: clock,
                randomness: SystemRandomness(),
                witnesses: witnesses,
                masterKey: masterKey?.revealed
            )
        } catch {
            throw .ledger(folder, error)
        }
    }

    /// A ledger to look at only; a running server may be writing to it.
    ///
    /// What its writer was about to finish while the files were read can look like damage: the next look tells.
    static func reading(_ loaded: LoadedConfiguration) throws(CommandFailure) -> SegmentLedger {
        let masterKey = try loaded.masterKeyOrFailure()
        let folder = try DataFolder(reading: loaded.ledgerFolder)
        var attempt = 1
        while true {
            do {
                return try SegmentLedger.openForReading(
                    on: folder.disk,
                    clock: SystemClock(),
                    randomness: SystemRandomness(),
                    masterKey: masterKey?.revealed
                )
            } catch {
                guard attempt < DataFolder.looks, case .damage = error else { throw .ledger(folder, error) }
                attempt += 1
            }
        }
    }

    /// Refuses a folder that no look can say more about: foreign, newer, or wrapped under another master key.
    static func refuseUnusable(_ folder: DataFolder, _ masterKey: MasterKey?) throws(CommandFailure) {
        do {
            _ = try SegmentLedger.openForReading(
                on: folder.disk,
                clock: SystemClock(),
                randomness: SystemRandomness(),
                masterKey: masterKey?.revealed
            )
        } catch {
            let failure = CommandFailure.ledger(folder, error)
            if failure.code != .badData { throw failure }
        }
    }

    /// What feeds the views from the ledger; failures of a view go to `report`.
    func projector(
        reporting report: @escaping @Sendable (ViewFailure) -> Void
    ) async throws(StoreError) -> Projector {
        try await Projector(
            ViewCatalogue.views,
            of: ledger,
            in: rows,
            clock: ContinuousClock(),
            wallClock: SystemClock(),
            report: report
        )
    }

    /// Lets go of everything, and leaves a signed head.
    func close() async throws(CommandFailure) {
        await rows.close()
        do { try await ledger.close() } catch { throw .store(error) }
    }
}

extension DataFolder {
    /// How often files that a server may be writing are looked at before what they say counts.
    static var looks: Int { 10 }

    /// Opens the rows of the views; made when they are missing, unless they are only read.
    func rows(_ mode: SQLiteRows.Options.Mode) async throws(CommandFailure) -> SQLiteRows {
        var options = SQLiteRows.Options()
        options.mode = mode
        do {
            return try await SQLiteRows.open(
                rowsPath,
                options,
                migrations: ViewCatalogue.migrations,
                clock: SystemClock()
            )
        } catch {
            throw .rows(rowsPath, error)
        }
    }
}

extension SQLiteRows {
    /// The positions that views have applied: all of them were durable.
    func witnesses() async throws(CommandFailure) -> [Int64] {
        do { return try await positions().compactMap { $0.position?.index } } catch { throw .store(error) }
    }
}

extension LoadedConfiguration {
    func masterKeyOrFailure() throws(CommandFailure) -> MasterKey? {
        do { return try masterKey(reading: CommandContext.read) } catch { throw CommandContext.failure(error) }
    }
}

extension CommandFailure {
    /// What a store's answer to a command means.
    static func store(_ error: StoreError) -> CommandFailure {
        CommandFailure(error.kind == .corrupt ? .badData : .failed, "\(error)")
    }

    /// Why the rows of the views do not open.
    static func rows(_ path: String, _ error: StoreError) -> CommandFailure {
        switch error.kind {
        case .corrupt:
            CommandFailure(
                .badData,
                "\(path) is damaged: \(error)",
                remedy: "it holds nothing that the ledger does not: move it away, and the next start makes it again"
            )
        case .invalid, .unsupported, .conflict, .unavailable, .timedOut:
            CommandFailure(.unusableFolder, "\(path) cannot be used: \(error)")
        case .notFound, .exhausted, .cancelled, .unexpected: store(error)
        }
    }
}
