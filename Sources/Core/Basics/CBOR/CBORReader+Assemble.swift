extension CBORReader {
    /// Reads one value whole, in any order of keys, and writes it as canonical CBOR.
    ///
    /// For lenient readers. Everything that makes the input malformed is thrown. What is well-formed but cannot be kept
    /// (NaN, infinities, integers that no double holds, simple values, too many levels, too many bytes) is noted in the
    /// assembler's faults; byte strings are kept and noted.
    package mutating func assemble(into out: inout CBORAssembler) throws(CBORError) {
        var left: [Int] = []
        while true {
            if let count = try assembleItem(into: &out) { left.append(count) }
            while left.last == 0 {
                left.removeLast()
                do throws(CBORAssembler.DuplicateKey) {
                    try out.close()
                } catch {
                    throw CBORError(.duplicateKey, at: error.offset)
                }
            }
            if left.isEmpty { return }
            left[left.count - 1] -= 1
            if out.isInMap { try assembleKey(into: &out) } else { out.beginElement() }
        }
    }

    /// Reads a scalar, or opens a container and returns how many entries or elements it has.
    private mutating func assembleItem(into out: inout CBORAssembler) throws(CBORError) -> Int? {
        switch try kind() {
        case .integer, .double:
            switch try number() {
            case .integer(let integer): out.writer.integer(integer)
            case .double(let double) where double.isFinite: out.writer.float(double)
            case .double: out.foreign(.notFinite)
            case .beyondDouble: out.foreign(.beyondDouble)
            }
        case .text:
            let range = try text()
            out.writer.text(utf8: bytes.extracting(range))
        case .bytes:
            let range = try byteString()
            out.writer.bytes(bytes.extracting(range))
            out.note(.bytes)
        case .bool: out.writer.bool(try bool())
        case .null:
            try null()
            out.writer.null()
        case .array:
            guard out.openArray() else { throw CBORError(.tooDeep, at: offset) }
            return try array()
        case .map:
            guard out.openMap() else { throw CBORError(.tooDeep, at: offset) }
            return try map()
        case .tag: throw CBORError(.tag, at: offset)
        case .simple:
            try passSimple()
            out.foreign(.simple)
        }
        return nil
    }

    private mutating func assembleKey(into out: inout CBORAssembler) throws(CBORError) {
        let start = offset
        let key = try key()
        out.key(utf8: bytes.extracting(key), at: start)
    }

    /// Passes over `undefined` and the like; what RFC 8949 reserves is malformed.
    private mutating func passSimple() throws(CBORError) {
        switch bytes.byte(at: offset) {
        case 0xF8:
            guard remaining > 1 else { throw CBORError(.truncated, at: offset) }
            guard bytes.byte(at: offset + 1) >= 32 else { throw CBORError(.reserved, at: offset) }
            advance(by: 2)
        case 0xE0..<0xF8: advance(by: 1)
        default: throw simpleFault()
        }
    }

    /// Passes over one value that is known to be well-formed, markers of the assembler included.
    package mutating func pass() throws(CBORError) {
        var items = 1
        while items > 0 {
            items &-= 1
            switch try kind() {
            case .integer, .double: _ = try number()
            case .bytes: _ = try byteString()
            case .text: _ = try uncheckedText()
            case .array: items += try array()
            case .map: items += 2 * (try map())
            case .bool, .null, .simple: advance(by: 1)
            case .tag: throw CBORError(.tag, at: offset)
            }
        }
    }
}
