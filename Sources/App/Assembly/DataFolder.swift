internal import Basics
internal import FilesDriver
internal import ProcessDriver
internal import Stores

/// The folder that holds a ledger and its views.
struct DataFolder: Sendable {
    /// The database of the views, beside the ledger's own files.
    static let rowsName = "views.sqlite"

    let path: String
    let disk: PosixDisk
    /// Held as long as this value lives; nil when the folder is only read.
    private let lock: FolderLock?

    var rowsPath: String { path + "/" + Self.rowsName }

    enum Missing: Sendable { case refuse, create }

    /// Opens a folder to look only: it must be there, and may belong to a running server.
    init(reading path: FolderPath) throws(CommandFailure) {
        self.path = path.text
        disk = try Self.open(path.text, .mustExist)
        lock = nil
        try Self.refuseForeign(disk, path.text)
        try refuseHalfLoaded()
    }

    /// Opens a folder to write, alone.
    init(writing path: FolderPath, missing: Missing) throws(CommandFailure) {
        self.path = path.text
        disk = try Self.open(path.text, missing == .create ? .createIfMissing : .mustExist)
        // Looked at before the lock leaves a file in a folder that is none of ours.
        try Self.refuseForeign(disk, path.text)
        lock = try Self.lock(path.text)
        try refuseHalfLoaded()
    }

    /// The names in the folder, but for the lock's.
    func names() throws(CommandFailure) -> [String] {
        do { return try disk.names().filter { $0 != FolderLock.fileName } } catch { throw .folder(path, error) }
    }

    /// Whether a ledger was begun here: a head key alone is none yet.
    func hasLedger() throws(CommandFailure) -> Bool {
        try names().contains { LedgerFileNames.contains($0) && $0 != LedgerFileNames.headKey }
    }

    /// Whether a process that runs says that it owns the folder; one that ended without a word is not taken for one.
    func isInUse() throws(CommandFailure) -> Bool {
        do {
            guard try disk.names().contains(FolderLock.fileName) else { return false }
            var text: [UInt8] = []
            _ = try disk.open(FolderLock.fileName, .readOnly).read(into: &text, count: 16, at: 0)
            let digits = text.prefix { $0 != UInt8(ascii: "\n") }
            return Int32(String(decoding: digits, as: UTF8.self)).map(RunningProcess.isRunning) ?? false
        } catch { throw .folder(path, error) }
    }

    private static func open(_ path: String, _ missing: PosixDisk.Folder) throws(CommandFailure) -> PosixDisk {
        do { return try PosixDisk(path: path, missing) } catch {
            if error.kind == .notFound {
                throw CommandFailure(
                    .unusableFolder,
                    "there is no data folder at \(path)",
                    remedy: "name one with --data DIR or PRIMA_DATA"
                )
            }
            throw .folder(path, error)
        }
    }

    /// The right to write there, alone.
    static func lock(_ path: String) throws(CommandFailure) -> FolderLock {
        do { return try FolderLock(folder: path) } catch {
            switch error {
            case .held(let process):
                let holder = process.map { "process \($0)" } ?? "another process"
                throw CommandFailure(
                    .unusableFolder,
                    "the data folder \(path) belongs to \(holder), which runs",
                    remedy: "stop it first, or use another folder"
                )
            case .failed(let error): throw .folder(path, error)
            }
        }
    }

    /// A load that was broken off left something that is no ledger yet.
    private func refuseHalfLoaded() throws(CommandFailure) {
        let names = try names()
        guard names.contains(LoadingFolder.name), !names.contains(LedgerFileNames.keyring) else { return }
        throw CommandFailure(
            .unusableFolder,
            "a load into \(path) runs, or was broken off",
            remedy: "run `prima load` again when it does not, or remove the folder"
        )
    }

    /// A folder with files of somebody else, and none of ours, was named by mistake.
    private static func refuseForeign(_ disk: PosixDisk, _ path: String) throws(CommandFailure) {
        let names: [String]
        do { names = try disk.names() } catch { throw .folder(path, error) }
        guard !names.isEmpty, !names.contains(where: isOurs) else { return }
        guard let foreign = names.sorted().first(where: { !$0.hasPrefix(".") && $0 != "lost+found" }) else { return }
        throw CommandFailure(
            .unusableFolder,
            "\(path) is no data folder of Prima: it holds \(foreign), and no ledger",
            remedy: "name an empty folder, or one that Prima made"
        )
    }

    private static func isOurs(_ name: String) -> Bool {
        LedgerFileNames.contains(name) || name == FolderLock.fileName || name == LoadingFolder.name
            || name.hasPrefix(rowsName) || name == FolderStore.parent
    }
}

extension CommandFailure {
    /// What the disk's answer about a data folder means.
    static func folder(_ path: String, _ error: DiskError) -> CommandFailure {
        let code: ExitCode = error.kind == .damaged ? .badData : .unusableFolder
        return CommandFailure(code, "the data folder \(path) cannot be used: \(error)", remedy: remedy(error.kind))
    }

    private static func remedy(_ kind: DiskError.Kind) -> String? {
        switch kind {
        case .full: "make room on its disk"
        case .readOnly, .denied: "give it to the user that runs Prima, writable, or name another with --data DIR"
        case .damaged: "look at the kernel's log: the disk answers with errors; restore a backup on another"
        case .notFound, .exists, .wouldWait, .other: nil
        }
    }

    /// Why a ledger does not open.
    ///
    /// A folder of which no file is known is somebody else's, or a newer program's; one strange file among ours is
    /// damage.
    static func ledger(_ folder: DataFolder, _ error: LedgerOpenError) -> CommandFailure {
        switch error {
        case .disk(let error): return .folder(folder.path, error)
        case .damage(.damaged): return damaged(folder, error)
        case .damage(.foreign), .damage(.newer):
            do {
                if try LedgerFileNames.areKnown(in: folder.disk) { return damaged(folder, error) }
            } catch { return .folder(folder.path, error) }
            return CommandFailure(.unusableFolder, "the data folder \(folder.path) cannot be used: \(error)")
        case .masterKeyMissing, .masterKeyWrong:
            return CommandFailure(
                .badConfiguration,
                "\(error)",
                remedy: "PRIMA_MASTER_KEY_FILE names the file that holds it"
            )
        }
    }

    private static func damaged(_ folder: DataFolder, _ error: LedgerOpenError) -> CommandFailure {
        CommandFailure(
            .badData,
            "the ledger in \(folder.path) is damaged: \(error)",
            remedy: "keep a copy as it is; `prima verify` says what else is wrong; restore the newest backup"
        )
    }
}
