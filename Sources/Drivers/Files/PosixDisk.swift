internal import Glibc

/// A folder of the machine's file system.
///
/// The folder is opened once and every name is looked up in it, so that a folder renamed while the process runs stays
/// the same folder. Files are for their owner only (0600), folders too (0700).
package final class PosixDisk: Disk {
    /// What to do when the folder is not there.
    package enum Folder: Sendable { case mustExist, createIfMissing }

    package let path: String
    let folder: Descriptor

    package init(path: String, _ folder: Folder = .mustExist) throws(DiskError) {
        if folder == .createIfMissing { try Self.create(path) }
        self.path = path
        self.folder = try Descriptor(opening: path, in: AT_FDCWD, O_RDONLY | O_DIRECTORY)
    }

    package func names() throws(DiskError) -> [String] {
        // A descriptor of its own: reading a folder moves a position, which others must not share.
        let copy = try Descriptor(opening: ".", in: folder.number, O_RDONLY | O_DIRECTORY)
        guard let stream = unsafe fdopendir(copy.release()) else { throw DiskError(errno, "list", path) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw DiskError(errno, "list", path) }
        return names
    }

    package func open(_ name: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let flags =
            switch mode {
            case .existing: O_RDWR
            case .create: O_RDWR | O_CREAT | O_EXCL
            case .readOnly: O_RDONLY
            }
        return PosixFile(try Descriptor(opening: component(name), in: folder.number, flags), name: name)
    }

    package func rename(_ name: String, to newName: String) throws(DiskError) {
        let done = unsafe renameat(folder.number, component(name), folder.number, component(newName))
        guard done == 0 else { throw DiskError(errno, "rename", name) }
    }

    package func remove(_ name: String) throws(DiskError) {
        guard unsafe unlinkat(folder.number, component(name), 0) == 0 else { throw DiskError(errno, "remove", name) }
    }

    package func syncFolder() throws(DiskError) { try folder.synchronise(path) }

    func component(_ name: String) -> String {
        precondition(!name.isEmpty && !name.utf8.contains(UInt8(ascii: "/")), "names are single path components")
        return name
    }

    /// Makes the folder and those above it that are missing, each durable in the one above.
    private static func create(_ path: String) throws(DiskError) {
        var made = ""
        for (index, part) in path.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
            let parent = made.isEmpty ? (index == 0 ? "." : "/") : made
            made += index == 0 ? String(part) : "/" + part
            guard !part.isEmpty else { continue }
            if unsafe mkdir(made, 0o700) == 0 {
                try Descriptor(opening: parent, in: AT_FDCWD, O_RDONLY | O_DIRECTORY).synchronise(parent)
            } else if errno != EEXIST {
                throw DiskError(errno, "create", made)
            }
        }
    }
}
