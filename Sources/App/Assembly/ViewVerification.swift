internal import Basics
internal import Catalogue
internal import Model
internal import OpenSSLDriver
internal import Ports
internal import Stores
internal import Views

/// Compares the rows of the views with what the ledger gives, and changes nothing.
struct ViewVerification {
    let folder: DataFolder
    let console: Console
    private(set) var errors: [String] = []
    /// The rows as they were when the look began; nil when there are none, or none that can be read.
    private var rows: SQLiteRows?

    init(folder: DataFolder, console: Console) {
        self.folder = folder
        self.console = console
    }

    /// Opens the rows, if there are any; answers the positions that views have applied.
    mutating func lookAtRows() async -> [Int64] {
        do throws(CommandFailure) {
            let names = try folder.names()
            guard names.contains(DataFolder.rowsName) else { return [] }
            // A log beside the database belongs to a writer that runs, or that was broken off.
            let isInUse = try folder.isInUse()
            let isStill = !isInUse && !names.contains("\(DataFolder.rowsName)-wal")
            let rows = try await folder.rows(isStill ? .still : .readOnly)
            self.rows = rows
            return try await rows.witnesses()
        } catch {
            if error.code == .badData {
                errors.append(error.message)
            } else {
                console.say("the views are not compared: \(error.message)")
            }
            return []
        }
    }

    /// Compares every view, at the position that it has applied.
    mutating func compare(with loaded: LoadedConfiguration) async throws(CommandFailure) {
        guard let rows else { return }
        for view in ViewCatalogue.views {
            do throws(StoreError) {
                let outcome = try await compare(view, rows, loaded)
                switch outcome {
                case .same: break
                case .different:
                    errors.append("the rows of the view \(view.schema.name) are not those that the ledger gives")
                case .unknown(let reason): console.say("the view \(view.schema.name) is not compared: \(reason)")
                }
            } catch {
                errors.append("the view \(view.schema.name) cannot be compared: \(error)")
            }
        }
        await rows.close()
    }

    private enum Outcome {
        case same, different
        case unknown(String)
    }

    private func compare(
        _ view: any View,
        _ rows: SQLiteRows,
        _ loaded: LoadedConfiguration
    ) async throws(StoreError) -> Outcome {
        var looks = 1
        while true {
            let known = try await rows.positions().first { $0.view == view.schema.name }
            guard let known, known.version == view.schema.version else { return .same }
            _ = try await rows.adopt(view.schema)
            let live = try await rows.digest(of: view.schema, .live, by: { RunningSHA256() })
            guard let position = live.position else { return .same }
            let ledger: SegmentLedger
            do { ledger = try OpenedLedger.reading(loaded) } catch { return .unknown(error.message) }
            let rebuilt: RowsDigest
            do {
                rebuilt = try await view.digest(
                    through: position,
                    of: ledger,
                    beside: rows,
                    in: MemoryRows(),
                    by: { RunningSHA256() }
                )
            } catch {
                guard error.kind == .notFound else { throw error }
                return .unknown("retention dropped what it was folded from, and it kept no base")
            }
            if rebuilt.hash == live.hash { return .same }
            // A body that was forgotten after the position is gone from the ledger, and not yet from the rows.
            guard try await isForgetting(ledger, after: position) else { return .different }
            guard looks < DataFolder.looks else { return .unknown("it has not dropped what was forgotten since") }
            looks += 1
        }
    }

    private func isForgetting(_ ledger: SegmentLedger, after position: Position) async throws(StoreError) -> Bool {
        var query = LedgerQuery()
        query.after = position.index
        query.types = [.forget]
        query.limit = 1
        return try await !ledger.read(query).events.isEmpty
    }
}
