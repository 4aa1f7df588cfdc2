import Foundation

extension Benchmark {
    static let vectors: [Benchmark] = [
        vectors("vectors-128-200k", rows: 200_000, dimension: 128),
        vectors("vectors-384-200k", rows: 200_000, dimension: 384),
        vectors("vectors-128-1m", rows: 1_000_000, dimension: 128),
        vectors("vectors-384-1m", rows: 1_000_000, dimension: 384),
        vectors("vectors-bits-1m", rows: 1_000_000, dimension: 2048, metric: "hamming"),
    ]

    /// Clustered vectors, built, opened and searched by us and by every rival that is here, each in a process of its
    /// own with one thread.
    private static func vectors(_ name: String, rows: Int, dimension: Int, metric: String = "euclid") -> Benchmark {
        let kind = metric == "hamming" ? "bits" : "numbers"
        return Benchmark(
            name: name,
            summary: "nearest among \(rows) vectors of \(dimension) \(kind), beside the rivals that are installed",
            isApart: true
        ) { bench in
            let folder = try bench.folder(name)
            let data = folder.appending(path: "data").path(percentEncoded: false)
            let measure = VectorMeasure(data: data)
            let ours = try measure.prima(
                ["--rows", "\(rows)", "--dimension", "\(dimension)", "--metric", metric],
                in: folder.appending(path: "prima").path(percentEncoded: false)
            )
            var rivals: [(String, VectorRun)] = []
            for rival in VectorMeasure.rivals {
                let run = measure.rival(rival)
                if let reason = run.skipped { Terminal.say("skipped \(rival): \(reason)") }
                rivals.append((rival, run))
            }
            return VectorFigures(ours: ours, rivals: rivals).all
        }
    }
}

/// Runs programs that measure themselves.
struct VectorMeasure: Sendable {
    static let rivals = [
        "hnswlib", "faiss", "faiss-bytes", "usearch", "qdrant-edge-py", "lancedb", "sqlite-vec",
    ]
    private static let script = "Benchmarks/Rivals/vectors.py"
    private static let python = "build/bench/vectors-python/bin/python"
    /// A rival may take so long and no longer.
    private static let patience = "1200"

    let data: String

    func prima(_ arguments: [String], in folder: String) throws -> VectorRun {
        try run(
            absolute(PrimaServer.binary),
            ["vectors", "bench"] + arguments + ["--data", folder, "--export", data, "--json"]
        )
    }

    func rival(_ name: String) -> VectorRun {
        let python = absolute(Self.python)
        guard FileManager.default.isExecutableFile(atPath: python) else {
            return .skipped("there is no \(Self.python); make bench-vectors makes it")
        }
        do {
            return try run("/usr/bin/timeout", [Self.patience, python, absolute(Self.script), name, data])
        } catch {
            return .skipped("\(error)")
        }
    }

    /// The last line of what a program says is what it found.
    private func run(_ program: String, _ arguments: [String]) throws -> VectorRun {
        let output = try Command.output(program, arguments)
        guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix("{") }) else {
            throw Failure("\(program) found nothing: \(output.suffix(300))")
        }
        return try JSONDecoder().decode(VectorRun.self, from: Data(line.utf8))
    }

    private func absolute(_ path: String) -> String {
        URL(filePath: FileManager.default.currentDirectoryPath).appending(path: path).path(percentEncoded: false)
    }
}

extension VectorRun {
    static func skipped(_ reason: String) -> VectorRun {
        VectorRun(
            build: nil,
            memory: nil,
            open: nil,
            exact: nil,
            curve: nil,
            filtered: nil,
            scan: nil,
            skipped: reason
        )
    }
}
