extension CBORReader {
    /// Whether byte strings may stand in a value; JSON cannot say them.
    package enum ByteStrings: Sendable { case allowed, refused }

    /// Passes over one canonical value, checking all of it: forms, UTF-8, order of keys, depth.
    ///
    /// `depth` is how many levels of arrays and maps the value may have.
    package mutating func skip(
        depth: Int = Limits.documentDepth,
        byteStrings: ByteStrings = .allowed
    ) throws(CBORError) {
        switch try kind() {
        case .integer, .double: _ = try number()
        case .bytes:
            guard byteStrings == .allowed else { throw unexpected(wanted: .text) }
            _ = try byteString()
        case .text: _ = try text()
        case .bool: _ = try bool()
        case .null: try null()
        case .array:
            guard depth > 0 else { throw CBORError(.tooDeep, at: offset) }
            for _ in 0..<(try array()) { try skip(depth: depth - 1, byteStrings: byteStrings) }
        case .map:
            guard depth > 0 else { throw CBORError(.tooDeep, at: offset) }
            var order = KeyOrder()
            for _ in 0..<(try map()) {
                let start = offset
                let key = try key()
                try order.check(key, in: bytes, at: start)
                try skip(depth: depth - 1, byteStrings: byteStrings)
            }
        case .tag: throw CBORError(.tag, at: offset)
        case .simple: throw simpleFault()
        }
    }

    /// Reads one canonical value whole, checking all of it.
    package mutating func value(depth: Int = Limits.documentDepth) throws(CBORError) -> Value {
        switch try kind() {
        case .integer, .double:
            let start = offset
            switch try number() {
            case .integer(let integer): return .integer(integer)
            case .double(let double) where double.isFinite: return .double(double)
            case .double: throw CBORError(.notFinite, at: start)
            case .beyondDouble: throw CBORError(.integerBeyondDouble, at: start)
            }
        case .bytes: return .bytes(self[try byteString()].copy)
        case .text: return .text(self[try text()].text)
        case .bool: return .bool(try bool())
        case .null:
            try null()
            return .null
        case .array:
            guard depth > 0 else { throw CBORError(.tooDeep, at: offset) }
            var values: [Value] = []
            for _ in 0..<(try array()) { values.append(try value(depth: depth - 1)) }
            return .array(values)
        case .map:
            guard depth > 0 else { throw CBORError(.tooDeep, at: offset) }
            return .map(try fields(depth: depth))
        case .tag: throw CBORError(.tag, at: offset)
        case .simple: throw simpleFault()
        }
    }

    private mutating func fields(depth: Int) throws(CBORError) -> Fields {
        var order = KeyOrder()
        var entries: [(String, Value)] = []
        for _ in 0..<(try map()) {
            let start = offset
            let key = try key()
            try order.check(key, in: bytes, at: start)
            entries.append((self[key].text, try value(depth: depth - 1)))
        }
        return Fields(unique: entries)
    }

    package func simpleFault() -> CBORError {
        switch bytes.byte(at: offset) {
        case 0xFF: CBORError(.indefiniteLength, at: offset)
        case 0xFC...0xFE: CBORError(.reserved, at: offset)
        default: CBORError(.notSimple, at: offset)
        }
    }

    /// Remembers the last key of a map, to see that the next one comes after it.
    package struct KeyOrder {
        private var last: Range<Int>?

        package init() {}

        package mutating func check(
            _ key: Range<Int>,
            in bytes: borrowing RawSpan,
            at offset: Int
        ) throws(CBORError) {
            defer { last = key }
            guard let last else { return }
            let order =
                last.count == key.count
                ? bytes.extracting(last).order(bytes.extracting(key)) : last.count - key.count
            if order == 0 { throw CBORError(.duplicateKey, at: offset) }
            if order > 0 { throw CBORError(.keyOutOfOrder, at: offset) }
        }
    }
}
