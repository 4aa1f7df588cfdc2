import Foundation

/// A rival in a process of its own, pinned to the core that we are pinned to: Benchmarks/Workers/datalog.py.
final class DatalogWorker {
    /// Name and version, as the rival gives them.
    let version: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var rest = Data()

    struct Reply: Decodable {
        var version: String?
        var rows: Int?
        var cpu: Double?
        var digest: [DatalogDigest.Part]?
        var stopped: Bool?
        var error: String?
    }

    private struct Request: Encodable {
        var load: String?
        var columns: [String]?
        var file: String?
        var query: String?
        var seconds: Double?
        var times: Int?
    }

    /// Fails when the rival is not installed.
    init(_ python: String, _ words: [String], core: Int) throws {
        let script = URL(filePath: FileManager.default.currentDirectoryPath)
            .appending(path: "Benchmarks/Workers/datalog.py")
        process.executableURL = URL(filePath: try Command.path(of: "taskset"))
        process.arguments = ["-c", "\(core)", python, script.path(percentEncoded: false)] + words
        process.standardInput = input
        process.standardOutput = output
        let problems = Pipe()
        process.standardError = problems
        try process.runUnblocked()
        guard let first = try? Self.reply(output.fileHandleForReading, &rest), let version = first.version else {
            let text = String(decoding: problems.fileHandleForReading.availableData, as: UTF8.self)
            throw Failure(text.split(separator: "\n").last.map(String.init) ?? "it does not start")
        }
        self.version = version
    }

    func load(_ graph: DatalogGraph, from file: String) throws {
        let reply = try ask(Request(load: graph.name, columns: graph.columnNames, file: file))
        guard reply.rows != nil else { throw Failure("\(version) does not load: \(reply.error ?? "")") }
    }

    func run(_ query: String, seconds: Double, times: Int) throws -> Reply {
        let reply = try ask(Request(query: query, seconds: seconds, times: times))
        if let error = reply.error { throw Failure("\(version): \(error)") }
        return reply
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    private func ask(_ request: Request) throws -> Reply {
        try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(request) + Data("\n".utf8))
        return try Self.reply(output.fileHandleForReading, &rest)
    }

    private static func reply(_ handle: FileHandle, _ rest: inout Data) throws -> Reply {
        while true {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = rest[rest.startIndex..<end]
                rest = Data(rest[rest.index(after: end)...])
                return try JSONDecoder().decode(Reply.self, from: line)
            }
            let more = handle.availableData
            guard !more.isEmpty else { throw Failure("a rival ended") }
            rest += more
        }
    }
}

/// A sum over the rows of an answer that does not depend on their order: Benchmarks/Workers/datalog.py has its twin.
struct DatalogDigest: Equatable {
    /// A hash as it is, or a sum of floats.
    enum Part: Equatable, Decodable {
        case hash(UInt64)
        case sum(Double)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let hash = try? container.decode(UInt64.self) {
                self = .hash(hash)
            } else {
                self = .sum(try container.decode(Double.self))
            }
        }

        /// Floats of single precision differ from those of double.
        func agrees(with other: Part) -> Bool {
            switch (self, other) {
            case (.sum(let one), .sum(let other)): (one - other).magnitude <= 1e-3 * one.magnitude
            default: self == other
            }
        }
    }

    var parts: [Part]

    init(_ parts: [Part]) { self.parts = parts }

    init(integers columns: [[Int64]]) {
        var sum: UInt64 = 0
        for row in columns.first?.indices ?? 0..<0 {
            var hash: UInt64 = 0
            for column in columns {
                hash = (hash ^ UInt64(bitPattern: column[row])) &* 0x9E37_79B9_7F4A_7C15
                hash ^= hash >> 32
            }
            sum &+= hash
        }
        parts = [.hash(sum)]
    }

    init(nodes: [Int64], floats: [Double]) {
        let weighted = zip(nodes, floats).reduce(0) { $0 + Double($1.0 % 97) * $1.1 }
        parts = [.sum(floats.reduce(0, +)), .sum(weighted)]
    }

    func agrees(with other: DatalogDigest) -> Bool {
        parts.count == other.parts.count && zip(parts, other.parts).allSatisfy { $0.agrees(with: $1) }
    }
}
