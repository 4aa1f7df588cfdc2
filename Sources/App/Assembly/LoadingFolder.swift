internal import FilesDriver
internal import Stores

/// A data folder that is being filled, whole or not at all.
///
/// Everything is made in a folder inside it, and moved when it is complete: first what means nothing without a
/// keyring, the keyring last. A crash in between leaves a folder that no start takes for a ledger, and that the next
/// load clears.
struct LoadingFolder {
    static let name = "loading"

    let path: String
    /// Where the files are made.
    let disk: PosixDisk
    private let target: PosixDisk
    private let lock: FolderLock
    private let hadFolder: Bool
    private let hadLock: Bool
    private let hasHeadKey: Bool

    /// Takes a folder that is missing, or empty but for a head key.
    init(_ folder: FolderPath) throws(CommandFailure) {
        path = folder.text
        hadFolder = PosixDisk.isFolder(path)
        do throws(DiskError) {
            target = try PosixDisk(path: path, .createIfMissing)
            hadLock = try target.names().contains(FolderLock.fileName)
        } catch { throw .folder(folder.text, error) }
        if try !Self.isBrokenOff(target, path) { try Self.refuseContent(of: target, path) }
        lock = try DataFolder.lock(path)
        do throws(DiskError) {
            if try target.names().contains(Self.name) { try Self.clear(target) }
            hasHeadKey = try target.names().contains(LedgerFileNames.headKey)
            disk = try target.folder(Self.name)
            if hasHeadKey { try Self.copy(LedgerFileNames.headKey, from: target, to: disk) }
        } catch { throw .folder(folder.text, error) }
    }

    /// Moves everything to its place.
    func finish() throws(CommandFailure) {
        do throws(DiskError) {
            if hasHeadKey { try disk.remove(LedgerFileNames.headKey) }
            let names = try disk.names()
            for name in names where name != LedgerFileNames.keyring { try disk.move(name, to: target) }
            try target.syncFolder()
            try disk.move(LedgerFileNames.keyring, to: target)
            try target.syncFolder()
            try target.removeFolder(Self.name)
            try target.syncFolder()
        } catch { throw .folder(path, error) }
    }

    /// Leaves the folder as it was, as far as the disk allows.
    func abandon() {
        do throws(DiskError) {
            try Self.empty(disk)
            try target.removeFolder(Self.name)
            if !hadLock { try lock.removeFile(in: target) }
            if !hadFolder { try PosixDisk.removeFolder(path: path) }
        } catch {
            // What is left is cleared by the next load; the failure that led here is the one to tell.
        }
    }

    // MARK: What may be there

    /// Whether a load ended before it was complete: everything but the head key is of its making.
    private static func isBrokenOff(_ target: PosixDisk, _ path: String) throws(CommandFailure) -> Bool {
        do {
            let names = try target.names()
            return names.contains(name) && !names.contains(LedgerFileNames.keyring)
        } catch { throw .folder(path, error) }
    }

    private static func refuseContent(of target: PosixDisk, _ path: String) throws(CommandFailure) {
        let names: [String]
        do { names = try target.names() } catch { throw .folder(path, error) }
        let allowed = [LedgerFileNames.headKey, FolderLock.fileName, "lost+found"]
        guard let other = names.sorted().first(where: { !allowed.contains($0) }) else { return }
        throw CommandFailure(
            .unusableFolder,
            "\(path) is not empty: it holds \(other)",
            remedy: "load into a folder that is empty but for a copied head.key"
        )
    }

    private static func clear(_ target: PosixDisk) throws(DiskError) {
        for name in try target.names() where LedgerFileNames.contains(name) && name != LedgerFileNames.headKey {
            try target.remove(name)
        }
        try empty(try target.folder(name))
    }

    private static func empty(_ disk: PosixDisk) throws(DiskError) {
        for name in try disk.names() { try disk.remove(name) }
    }

    private static func copy(_ name: String, from source: PosixDisk, to target: PosixDisk) throws(DiskError) {
        let file = try source.open(name, .readOnly)
        var bytes: [UInt8] = []
        _ = try file.read(into: &bytes, count: 1 << 16, at: 0)
        let copy = try target.open(name, .create)
        try copy.write(bytes[...], at: 0)
        try copy.sync()
    }
}
