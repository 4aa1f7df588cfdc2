import Foundation

/// What benchmarks share: how long to measure, a folder on the disk that is measured, and rivals started on demand.
actor Bench {
    nonisolated let seconds: Double
    /// Empty, on the disk of the repository, and removed at the end.
    nonisolated let scratch: URL
    /// How many times faster than DuckDB each cell of the Datalog matrix was.
    var noted: [Double] = []
    private var rivals: [String: any Rival] = [:]

    init(seconds: Double, results: String) throws {
        self.seconds = seconds
        let results = URL(filePath: FileManager.default.currentDirectoryPath).appending(path: results)
        try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
        scratch = results.appending(path: "scratch-\(ProcessInfo.processInfo.processIdentifier)")
        try Self.removeLeftovers(in: results)
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: false)
    }

    /// A folder of its own in `scratch`.
    nonisolated func folder(_ name: String) throws -> URL {
        let folder = scratch.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        return folder
    }

    /// The rival, started when it is asked for the first time.
    func rival<Kind: Rival>(_ kind: Kind.Type) throws -> Kind {
        if let running = rivals[kind.name] as? Kind { return running }
        let started = try kind.init(in: folder(kind.folder))
        rivals[kind.name] = started
        return started
    }

    /// Stops the rivals and removes the scratch folder.
    func close() {
        for rival in rivals.values { rival.stop() }
        rivals = [:]
        try? FileManager.default.removeItem(at: scratch)
    }

    /// What runs that were killed left behind.
    private static func removeLeftovers(in results: URL) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: results.path(percentEncoded: false))
        where name.hasPrefix("scratch-") {
            let process = name.dropFirst("scratch-".count)
            if !FileManager.default.fileExists(atPath: "/proc/\(process)") {
                try FileManager.default.removeItem(at: results.appending(path: name))
            }
        }
    }
}
