internal import Glibc

extension PosixDisk {
    /// A folder inside this one, made when it is not there.
    package func folder(_ name: String) throws(DiskError) -> PosixDisk {
        try PosixDisk(path: path + "/" + component(name), .createIfMissing)
    }

    /// Moves a file to another folder of the same file system; durable after `syncFolder` of both.
    package func move(_ name: String, to other: PosixDisk) throws(DiskError) {
        let done = unsafe renameat(folder.number, component(name), other.folder.number, component(name))
        guard done == 0 else { throw DiskError(errno, "move", name) }
    }

    /// Takes an empty folder away; durable after `syncFolder`.
    package func removeFolder(_ name: String) throws(DiskError) {
        guard unsafe unlinkat(folder.number, component(name), AT_REMOVEDIR) == 0 else {
            throw DiskError(errno, "remove", name)
        }
    }

    /// Whether a folder is there, and nothing else of that name.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The path from the root, without links; as it was given when the system does not say.
    package static func absolute(_ path: String) -> String {
        // The system allocates the text, which is copied and freed here.
        guard let text = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// Takes an empty folder away by its path.
    package static func removeFolder(path: String) throws(DiskError) {
        guard unsafe rmdir(path) == 0 else { throw DiskError(errno, "remove", path) }
    }
}
