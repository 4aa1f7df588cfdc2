internal import Basics
internal import FilesDriver
internal import VectorIndex

/// The payloads of imported rows: a JSON object a line, read when it is asked for.
struct PayloadFile {
    private let file: MappedFile
    private let path: String
    /// Where each line begins; one more at the end.
    private let starts: [Int]
    /// What deserves an index: the fields of the first objects, by what stands in them.
    private(set) var fields: [CollectionShape.Field] = []

    init(path: String, rows: Int) throws(CommandFailure) {
        do { file = try MappedFile(path: path) } catch { throw CommandFailure(.badData, "\(error)") }
        self.path = path
        starts = file.withBytes { bytes in
            var starts = [0]
            for place in 0..<bytes.byteCount where bytes.byte(at: place) == UInt8(ascii: "\n") {
                starts.append(place + 1)
            }
            if let last = starts.last, last < bytes.byteCount { starts.append(bytes.byteCount + 1) }
            return starts
        }
        guard starts.count - 1 == rows else {
            throw CommandFailure(.badData, "\(path) has \(starts.count - 1) lines for \(rows) rows")
        }
        var values: [Value] = []
        for row in 0..<Swift.min(rows, 1000) { values.append(try value(row)) }
        fields = Self.fields(of: values)
    }

    func value(_ row: Int) throws(CommandFailure) -> Value {
        let value = file.withBytes { bytes -> Value? in
            var reader = JSONReader(bytes, starts[row]..<starts[row + 1] - 1)
            guard let value = try? reader.value(), case .map = value, (try? reader.finish()) != nil else { return nil }
            return value
        }
        guard let value else { throw CommandFailure(.badData, "line \(row + 1) of \(path) is no JSON object") }
        return value
    }

    /// Texts and truth values are keywords, integers and other numbers numbers.
    private static func fields(of values: [Value]) -> [CollectionShape.Field] {
        var kinds: [Value: FieldIndex.Kind] = [:]
        for case .map(let fields) in values {
            for (key, value) in fields {
                var sample = value
                if case .array(let elements) = value, let first = elements.first { sample = first }
                let kind: FieldIndex.Kind
                switch sample {
                case .text: kind = .keyword
                case .bool: kind = .bool
                case .integer: kind = .integer
                case .double: kind = .float
                default: continue
                }
                // One double among integers makes a field of doubles; integers are in its range index too.
                if kinds[.text(key)] == nil || kind == .float { kinds[.text(key)] = kind }
            }
        }
        let named = kinds.compactMap { key, kind -> (String, FieldIndex.Kind)? in
            guard case .text(let name) = key else { return nil }
            return (name, kind)
        }
        return named.sorted { $0.0.byteOrder($1.0) < 0 }
            .map { .init(path: PayloadPath(steps: [.key($0.0)]), kind: $0.1) }
    }
}
