internal import Datalog
internal import FilesDriver

/// The folder of a data folder in which `prima reason` keeps relations; one process at a time has it.
struct ReasonFolder {
    static let name = "reason"
    let path: String
    let database: Database
    private let lock: FolderLock
    private let disk: PosixDisk
    private static let historyName = "history"

    init(in data: String) throws(CommandFailure) {
        path = "\(data)/\(Self.name)"
        do {
            disk = try PosixDisk(path: path, .createIfMissing)
        } catch {
            throw CommandFailure(.unusableFolder, "\(error)")
        }
        do {
            lock = try FolderLock(folder: path)
        } catch {
            switch error {
            case .held(let process):
                let holder = process.map { "process \($0)" } ?? "another process"
                throw CommandFailure(.unusableFolder, "\(path) is in use by \(holder)")
            case .failed(let failure): throw CommandFailure(.unusableFolder, "\(failure)")
            }
        }
        do {
            database = try RelationFile.open(disk)
        } catch {
            switch error {
            case .disk: throw CommandFailure(.unusableFolder, "\(error)")
            case .damaged: throw CommandFailure(.badData, "\(path)/\(RelationFile.name): \(error)")
            }
        }
    }

    /// The scripts that were typed before, the oldest first.
    func history() throws(CommandFailure) -> [String] {
        do throws(DiskError) {
            guard try disk.names().contains(Self.historyName) else { return [] }
            let file = try disk.open(Self.historyName, .readOnly)
            var bytes: [UInt8] = []
            _ = try file.read(into: &bytes, count: Int(try file.size()), at: 0)
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
                if case .text(let script)? = JSONTree(parsing: String(line)) { script } else { nil }
            }
        } catch {
            throw CommandFailure(.unusableFolder, "\(error)")
        }
    }

    /// Adds a script to the history: a JSON text a line, not synced.
    func remember(_ script: String) throws(CommandFailure) {
        var line = JSONText()
        line.write(script)
        line.append("\n")
        do throws(DiskError) {
            let isThere = try disk.names().contains(Self.historyName)
            let file = try disk.open(Self.historyName, isThere ? .existing : .create)
            try file.write(line.bytes[...], at: try file.size())
        } catch {
            throw CommandFailure(.unusableFolder, "\(error)")
        }
    }
}
