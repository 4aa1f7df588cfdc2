import Foundation
import TestSupport
import Testing

@testable import App

/// `prima vectors` over real files: what is imported is found, and what is wrong is named.
@Suite struct VectorsCommandTests {
    @Test(arguments: ["cosine", "dot", "euclid", "manhattan"])
    func findsWhatItImported(metric: String) async throws {
        let fixture = try Fixture(count: 300, dimension: 6)
        let made = try await fixture.prima(
            "import",
            fixture.rows,
            "--name",
            "a",
            "--metric",
            metric,
            "--payload",
            fixture.payload,
            "--json"
        )
        #expect(made.code == 0, "\(made.error)")
        #expect(try made.json()["rows"] as? Int == 300)
        let found = try await fixture.search("a", "--exact")
        #expect(found.count == fixture.queries.count)
        for (query, ids) in zip(fixture.queries, found) {
            let scores = fixture.vectors.map { Self.badness(metric, query, $0) }
            let best = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }.prefix(5)
            // Near ties may fall either way in single precision.
            #expect(Set(ids).intersection(best).count >= 4)
        }
        let even = try await fixture.search("a", "--filter", #"{"must": [{"key": "even", "match": {"value": true}}]}"#)
        #expect(even.allSatisfy { $0.count == 5 && $0.allSatisfy { $0 % 2 == 0 } })
        #expect(try await fixture.search("a", "--threads", "2") == fixture.search("a"))
    }

    @Test func readsFvecsAndBits() async throws {
        let fixture = try Fixture(count: 100, dimension: 4)
        let fvecs = fixture.folder + "/rows.fvecs"
        var bytes: [UInt8] = []
        for vector in fixture.vectors {
            bytes += Fixture.bytes(of: [Int32(vector.count)])
            bytes += Fixture.bytes(of: vector)
        }
        try Data(bytes).write(to: URL(filePath: fvecs))
        let made = try await fixture.prima("import", fvecs, "--name", "f", "--metric", "euclid", "--json")
        #expect(made.code == 0, "\(made.error)")
        #expect(try await fixture.search("f").count == fixture.queries.count)
        let bits = fixture.folder + "/bits.npy"
        var random = SeededRandom(seed: 3)
        try Data(Fixture.npy("|u1", [50, 8], random.bytes(400))).write(to: URL(filePath: bits))
        let packed = try await fixture.prima("import", bits, "--name", "b", "--metric", "hamming", "--json")
        #expect(packed.code == 0, "\(packed.error)")
        #expect(try packed.json()["dimension"] as? Int == 64)
        let own = try await fixture.prima("search", "b", "--queries", bits, "--limit", "1", "--json")
        #expect(try own.json()["ids"] as? [[Int]] == (0..<50).map { [$0] })
    }

    /// What is imported under a name takes the place of what was there; its vectors may have a name of their own.
    @Test func importsAgainUnderAName() async throws {
        let fixture = try Fixture(count: 60, dimension: 4)
        #expect(try await fixture.prima("import", fixture.rows, "--name", "a").code == 0)
        let again = try await fixture.prima(
            "import",
            fixture.folder + "/queries.npy",
            "--name",
            "a",
            "--vector",
            "text",
            "--quantization",
            "bits",
            "--segment",
            "3"
        )
        #expect(again.code == 0, "\(again.error)")
        let found = try await fixture.search("a", "--vector", "text")
        #expect(found.map(\.first) == Array(0..<7))
        #expect(try await fixture.prima("search", "a", "--queries", fixture.rows).code == 65)
        let files = try FileManager.default.contentsOfDirectory(atPath: fixture.folder + "/data/vectors/a")
        #expect(files.sorted() == ["manifest", "segment-1", "segment-2", "segment-3"])
    }

    @Test(arguments: ["euclid", "hamming"])
    func measures(metric: String) async throws {
        let fixture = try Fixture(count: 2, dimension: 2)
        let folder = fixture.folder + "/exported"
        let run = try await fixture.prima(
            "bench",
            "--rows",
            "2500",
            "--dimension",
            metric == "hamming" ? "512" : "16",
            "--metric",
            metric,
            "--export",
            folder,
            "--json"
        )
        #expect(run.code == 0, "\(run.error)")
        let figures = try run.json()
        let curve = try #require(figures["curve"] as? [[String: Any]])
        #expect(curve.last?["recall"] as? Double ?? 0 > 0.9)
        #expect((figures["filtered"] as? [Any])?.count == 4)
        #expect((figures["scan"] != nil) == (metric == "hamming"))
        let labels = try #require(FileManager.default.contents(atPath: folder + "/labels.npy"))
        #expect(labels.count == 128 + 2500 * 8)
    }

    @Test func namesWhatIsWrong() async throws {
        let fixture = try Fixture(count: 10, dimension: 3)
        #expect(try await fixture.prima("import", fixture.rows, "--name", "a", "--metric", "smell").code == 2)
        #expect(try await fixture.prima("import", fixture.rows, "--name", "../a").code == 2)
        #expect(try await fixture.prima("import", fixture.rows).code == 2)
        #expect(try await fixture.prima("search", "a", "--queries", fixture.rows).code == 65)
        #expect(try await fixture.prima("import", fixture.payload, "--name", "a").code == 65)
        #expect(try await fixture.prima("import", fixture.rows, "--name", "a").code == 0)
        let filtered = try await fixture.prima("search", "a", "--queries", fixture.rows, "--filter", #"{"must": 1}"#)
        #expect(filtered.code == 2 && filtered.error.contains("must"))
        // A data folder with collections alone is one of ours, without a ledger.
        let dump = try await ProgramRun.prima(["dump", "--data", fixture.folder + "/data"])
        #expect(dump.code == 0 && dump.output.isEmpty, "\(dump.error)")
        let path = fixture.folder + "/data/vectors/a/segment-0"
        var bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        bytes.removeLast(7)
        try Data(bytes).write(to: URL(filePath: path))
        #expect(try await fixture.prima("search", "a", "--queries", fixture.rows).code == 65)
    }

    private static func badness(_ metric: String, _ one: [Float], _ other: [Float]) -> Double {
        let pairs = zip(one, other).map { (Double($0), Double($1)) }
        let dot = pairs.reduce(0) { $0 + $1.0 * $1.1 }
        switch metric {
        case "dot": return -dot
        case "euclid": return pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        case "manhattan": return pairs.reduce(0) { $0 + abs($1.0 - $1.1) }
        default:
            return -dot / (pairs.reduce(0) { $0 + $1.0 * $1.0 } * pairs.reduce(0) { $0 + $1.1 * $1.1 }).squareRoot()
        }
    }
}

/// Rows, queries and payloads in files of a folder of its own.
private struct Fixture {
    let folder: String
    let vectors: [[Float]]
    let queries: [[Float]]
    private let temporary: TemporaryFolder

    var rows: String { folder + "/rows.npy" }
    var payload: String { folder + "/rows.jsonl" }

    init(count: Int, dimension: Int) throws {
        temporary = try TemporaryFolder()
        folder = temporary.path
        var random = SeededRandom(seed: UInt64(count))
        func vector() -> [Float] { (0..<dimension).map { _ in Float(random.below(2001) - 1000) / 250 } }
        vectors = (0..<count).map { _ in vector() }
        queries = (0..<7).map { _ in vector() }
        try Data(Self.npy("<f4", [count, dimension], Self.bytes(of: vectors.flatMap { $0 }))).write(
            to: URL(filePath: rows)
        )
        try Data(Self.npy("<f4", [queries.count, dimension], Self.bytes(of: queries.flatMap { $0 })))
            .write(to: URL(filePath: folder + "/queries.npy"))
        let lines = (0..<count).map { #"{"n": \#($0), "even": \#($0 % 2 == 0)}"# }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: payload))
    }

    func prima(_ words: String...) async throws -> ProgramRun {
        try await ProgramRun.prima(["vectors"] + words + ["--data", folder + "/data"])
    }

    func search(_ name: String, _ words: String...) async throws -> [[Int]] {
        let run = try await ProgramRun.prima(
            ["vectors", "search", name, "--queries", folder + "/queries.npy", "--limit", "5", "--json"] + words
                + ["--data", folder + "/data"]
        )
        #expect(run.code == 0, "\(run.error)")
        return try #require(try run.json()["ids"] as? [[Int]])
    }

    static func bytes<Number: BitwiseCopyable>(of numbers: [Number]) -> [UInt8] {
        unsafe numbers.withUnsafeBytes { unsafe Array($0) }
    }

    static func npy(_ kind: String, _ shape: [Int], _ content: [UInt8]) -> [UInt8] {
        var header = "{'descr': '\(kind)', 'fortran_order': False, 'shape': (\(shape[0]), \(shape[1])), }"
        while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
        header += "\n"
        let length = header.utf8.count
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length % 256), UInt8(length / 256)] + Array(header.utf8)
            + content
    }
}
