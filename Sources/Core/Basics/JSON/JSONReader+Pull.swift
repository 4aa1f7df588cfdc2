/// Which keys the open objects of a pulling reader have had, to refuse one given twice.
struct JSONPull: Sendable {
    fileprivate var isFirst = false
    /// Where the keys of each open container begin in `keys`.
    fileprivate var levels: [Int] = []
    fileprivate var keys: [String] = []
}

extension JSONReader {
    /// Opens an object; `nextKey` goes through its entries.
    package mutating func openObject() throws(JSONError) {
        try require(.object)
        try open()
    }

    /// Opens an array; `nextElement` goes through it.
    package mutating func openArray() throws(JSONError) {
        try require(.array)
        try open()
    }

    /// The next key of the open object, whose value is to be read then; nil when the object is closed.
    package mutating func nextKey() throws(JSONError) -> String? {
        guard try advance(closing: UInt8(ascii: "}")) else {
            try checkKeys()
            return nil
        }
        skipSpace()
        guard offset < end else { throw JSONError(.truncated, at: offset) }
        guard bytes.byte(at: offset) == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: offset) }
        let text = try scanText()
        let key = decoded(text)
        pulled.keys.append(key)
        try passColon()
        return key
    }

    /// Whether the open array has another element, which is to be read then; false when the array is closed.
    package mutating func nextElement() throws(JSONError) -> Bool {
        guard try advance(closing: UInt8(ascii: "]")) else {
            pulled.levels.removeLast()
            return false
        }
        return true
    }

    /// Reads a value whole.
    package mutating func value() throws(JSONError) -> Value {
        var assembler = CBORAssembler()
        let start = offset
        try assemble(into: &assembler)
        if assembler.faults.contains(.tooDeep) { throw JSONError(.tooDeep, at: start) }
        if assembler.faults.contains(.foreign) { throw JSONError(.numberBeyondDouble, at: start) }
        var reader = CBORReader(assembler.writer.bytes.raw)
        guard let value = try? reader.value() else { preconditionFailure("the assembler writes canonical CBOR") }
        return value
    }

    /// Passes over a value, checking all of it.
    package mutating func skip() throws(JSONError) {
        var assembler = CBORAssembler(maximumBytes: 0)
        try assemble(into: &assembler)
    }

    mutating func passColon() throws(JSONError) {
        skipSpace()
        guard offset < end else { throw JSONError(.truncated, at: offset) }
        guard bytes.byte(at: offset) == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: offset) }
        offset &+= 1
    }

    private mutating func open() throws(JSONError) {
        guard pulled.levels.count < Limits.documentDepth else { throw JSONError(.tooDeep, at: offset) }
        offset += 1
        pulled.isFirst = true
        pulled.levels.append(pulled.keys.count)
    }

    /// Passes over a comma, or the closing byte: false then.
    private mutating func advance(closing: UInt8) throws(JSONError) -> Bool {
        precondition(!pulled.levels.isEmpty, "entries are pulled from an open container")
        skipSpace()
        guard offset < end else { throw JSONError(.truncated, at: offset) }
        let isFirst = pulled.isFirst
        pulled.isFirst = false
        let byte = bytes.byte(at: offset)
        if byte == closing {
            offset += 1
            return false
        }
        if isFirst { return true }
        guard byte == UInt8(ascii: ",") else { throw JSONError(.unexpectedByte, at: offset) }
        offset += 1
        return true
    }

    private mutating func checkKeys() throws(JSONError) {
        let first = pulled.levels.removeLast()
        let keys = pulled.keys[first...].sorted { $0.byteOrder($1) < 0 }
        for (one, next) in zip(keys, keys.dropFirst()) where one.hasSameBytes(as: next) {
            throw JSONError(.duplicateKey, at: offset - 1)
        }
        pulled.keys.removeLast(keys.count)
    }
}
