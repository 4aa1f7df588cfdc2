package import Basics
import FilesDriver

/// One exchange between a genuine client and a genuine server, as it was recorded.
package struct WireRecording: Sendable, CustomStringConvertible {
    package struct Request: Sendable {
        package let method: String
        package let path: String
        package let fields: [(name: String, value: String)]
        package let body: String?
    }

    package struct Response: Sendable {
        package let status: Int
        package let fields: [String: String]
        package let body: String?
        package let chunks: [String]?
        /// Who left an answer that never ended; nil when it ended.
        package let endedBy: String?
    }

    package struct Frame: Sendable {
        package let isClient: Bool
        package let opcode: String
        package let text: String
    }

    package let file: String
    package let place: Int
    package let name: String
    package let versions: [String]
    package let note: String
    package let requests: [(request: Request, response: Response?)]
    package let frames: [Frame]

    package var description: String { "\(file) \(place): \(name)" }

    /// All of a file of `Tests/Recordings/wire`.
    package static func all(of file: String) throws -> [WireRecording] {
        try values(of: file).enumerated().map { WireRecording(file, $0, $1) }
    }

    /// The same as it stands there.
    package static func values(of file: String) throws -> [Value] {
        let folder = #filePath.replacing("Support/Wire/WireRecording.swift", with: "Recordings/wire")
        let source = try PosixDisk(path: folder).open(file, .readOnly)
        var bytes: [UInt8] = []
        _ = try source.read(into: &bytes, count: Int(try source.size()), at: 0)
        var reader = JSONReader(bytes.raw)
        return try reader.value().list
    }

    private init(_ file: String, _ place: Int, _ value: Value) {
        self.file = file
        self.place = place
        name = value["name"].text
        versions = value["versions"].list.map(\.text)
        note = value["note"].text
        let steps = value["steps"].list.isEmpty ? [value] : value["steps"].list
        requests = steps.filter { $0["request"] != .null }
            .map { (Request($0["request"]), $0["response"] == .null ? nil : Response($0["response"])) }
        frames = value["frames"].list.map {
            Frame(
                isClient: $0["direction"] == "client",
                opcode: $0["opcode"].text,
                text: $0["text"].text
            )
        }
    }
}

extension WireRecording.Request {
    fileprivate init(_ value: Value) {
        method = value["method"].text
        path = value["path"].text
        fields = value["headers"].entries.map { ($0.key, $0.value.text) }
        body = value["body"] == .null ? nil : value["body"].text
    }

    /// The procedures that it calls; empty for the mount point.
    package var procedures: [String] {
        let path = path.split(separator: "?").first.map(String.init) ?? ""
        guard path.hasPrefix("/api/trpc/") else { return [] }
        return path.dropFirst("/api/trpc/".count).split(separator: ",").map(String.init)
    }
}

extension WireRecording.Response {
    fileprivate init(_ value: Value) {
        status = Int(value["status"].integer)
        fields = Dictionary(value["headers"].entries.map { ($0.key, $0.value.text) }) { first, _ in first }
        body = value["body"] == .null ? nil : value["body"].text
        chunks = value["chunks"] == .null ? nil : value["chunks"].list.map(\.text)
        endedBy = value["endedBy"] == .null ? nil : value["endedBy"].text
    }

    /// The body, whichever way it came.
    package var text: String { body ?? (chunks ?? []).joined() }
}

/// Documents as tests look into them: what is not there is null, or empty.
extension Value {
    package subscript(key: String) -> Value {
        if case .map(let fields) = self { fields[key] ?? .null } else { .null }
    }

    package subscript(index: Int) -> Value { list.indices.contains(index) ? list[index] : .null }

    package var list: [Value] { if case .array(let values) = self { values } else { [] } }
    package var text: String { if case .text(let text) = self { text } else { "" } }
    package var integer: Int64 { if case .integer(let integer) = self { integer } else { 0 } }
    package var entries: [(key: String, value: Value)] { if case .map(let fields) = self { Array(fields) } else { [] } }

    /// The document of a text; nil when it is none.
    package init?(json: String) {
        var reader = JSONReader(json.utf8.raw)
        guard let value = try? reader.value(), reader.isAtEnd() else { return nil }
        self = value
    }

    package var json: String {
        var out = JSONWriter()
        out.value(self)
        return String(decoding: out.bytes, as: UTF8.self)
    }
}
