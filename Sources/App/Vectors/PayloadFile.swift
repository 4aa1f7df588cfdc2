internal import Basics
internal import FilesDriver
internal import VectorIndex

/// The payloads of imported rows: a JSON object a line.
struct PayloadFile {
    let values: [Value]
    /// What deserves an index: the fields of the objects, by what stands in them.
    let fields: [CollectionShape.Field]

    init(path: String, rows: Int) throws(CommandFailure) {
        let bytes: [UInt8]
        do { bytes = try MappedFile(path: path).withBytes { $0.copy } } catch {
            throw CommandFailure(.badData, "\(error)")
        }
        var values: [Value] = []
        values.reserveCapacity(rows)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var reader = JSONReader(bytes.raw, start..<end)
            guard let value = try? reader.value(), case .map = value, (try? reader.finish()) != nil else {
                throw CommandFailure(.badData, "line \(values.count + 1) of \(path) is no JSON object")
            }
            values.append(value)
            start = end + 1
        }
        guard values.count == rows else {
            throw CommandFailure(.badData, "\(path) has \(values.count) lines for \(rows) rows")
        }
        self.values = values
        fields = Self.fields(of: values)
    }

    /// From the first thousand objects: texts and truth values are keywords, integers and other numbers numbers.
    private static func fields(of values: [Value]) -> [CollectionShape.Field] {
        var kinds: [Value: FieldIndex.Kind] = [:]
        for case .map(let fields) in values.prefix(1000) {
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
        return kinds.compactMap { key, kind in
            guard case .text(let name) = key else { return nil }
            return .init(path: PayloadPath(steps: [.key(name)]), kind: kind)
        }
    }
}
