internal import FilesDriver

/// The file that says that a server answers, and where: it appears whole or not at all.
struct ReadyFile {
    let path: FilePath

    func write(_ report: Report) throws(CommandFailure) {
        let slash = path.text.lastIndex(of: "/")
        let folder = slash.map { $0 == path.text.startIndex ? "/" : String(path.text[..<$0]) } ?? "."
        let name = slash.map { String(path.text[path.text.index(after: $0)...]) } ?? path.text
        do throws(DiskError) {
            let disk = try PosixDisk(path: folder, .mustExist)
            let draft = ".\(name).new"
            if try disk.names().contains(draft) { try disk.remove(draft) }
            let file = try disk.open(draft, .create)
            try file.write(Array((report.json + "\n").utf8)[...], at: 0)
            try disk.rename(draft, to: name)
        } catch {
            throw CommandFailure(.failed, "the ready file \(path.text) cannot be written: \(error)")
        }
    }
}
