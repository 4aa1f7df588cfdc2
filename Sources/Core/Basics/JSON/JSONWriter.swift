/// Appends JSON to bytes, without white space.
///
/// Commas come by themselves: between `open` and `close` write values, or keys and values in turn.
package struct JSONWriter {
    package var bytes: [UInt8]
    /// Where this writer began: what stands before is none of its business.
    private var start: Int

    package init(bytes: consuming [UInt8] = []) {
        start = bytes.count
        self.bytes = bytes
    }

    /// Begins a document behind what `bytes` holds by now.
    package mutating func begin() { start = bytes.count }

    package mutating func openObject() { begin(UInt8(ascii: "{")) }
    package mutating func closeObject() { bytes.append(UInt8(ascii: "}")) }
    package mutating func openArray() { begin(UInt8(ascii: "[")) }
    package mutating func closeArray() { bytes.append(UInt8(ascii: "]")) }

    package mutating func key(_ key: String) {
        text(key)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Writes a key that needs no escapes: one of our own names.
    package mutating func field(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    package mutating func key(utf8: borrowing RawSpan) {
        text(utf8: utf8)
        bytes.append(UInt8(ascii: ":"))
    }

    package mutating func text(_ text: String) { self.text(utf8: text.utf8.raw) }

    /// Writes a text whose UTF-8 is known to be well-formed.
    package mutating func text(utf8: borrowing RawSpan) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var run = 0
        var cursor = 0
        while cursor < utf8.byteCount {
            if cursor &+ 8 <= utf8.byteCount, Self.special(utf8.word(at: cursor)) == 0 {
                cursor &+= 8
                continue
            }
            let byte = utf8.byte(at: cursor)
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(utf8.extracting(run..<cursor))
                escape(byte)
                run = cursor &+ 1
            }
            cursor &+= 1
        }
        bytes.append(utf8.extracting(run..<cursor))
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes bytes as a text of lower-case hexadecimal digits.
    package mutating func hex(_ content: borrowing RawSpan) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        Hex.append(content, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func integer(_ integer: Int64) {
        separate()
        if integer < 0 { bytes.append(UInt8(ascii: "-")) }
        digits(integer.magnitude)
    }

    /// Writes a finite number: the shortest digits that read back as the same double.
    package mutating func double(_ double: Double) {
        precondition(double.isFinite, "JSON has no NaN and no infinities")
        if let integer = Value.canonicalInteger(double) { return self.integer(integer) }
        separate()
        bytes.append(double.description.utf8.raw)
    }

    package mutating func bool(_ bool: Bool) {
        separate()
        bytes.append(bool ? "true" : "false" as StaticString)
    }

    package mutating func null() {
        separate()
        bytes.append("null" as StaticString)
    }

    /// Writes a value that is JSON already.
    package mutating func json(_ document: borrowing RawSpan) {
        separate()
        bytes.append(document)
    }

    /// Writes a value; byte strings become hexadecimal texts.
    package mutating func value(_ value: Value) {
        switch value {
        case .null: null()
        case .bool(let bool): self.bool(bool)
        case .integer(let integer): self.integer(integer)
        case .double(let double): self.double(double)
        case .text(let text): self.text(text)
        case .bytes(let bytes): hex(bytes.raw)
        case .array(let values):
            openArray()
            for value in values { self.value(value) }
            closeArray()
        case .map(let fields):
            openObject()
            for (key, value) in fields {
                self.key(key)
                self.value(value)
            }
            closeObject()
        }
    }

    // MARK: Parts

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
    }

    /// A comma goes before everything but the first: texts end in quotes, so no content looks like a bracket.
    @inline(__always)
    private mutating func separate() {
        guard bytes.count > start else { return }
        switch bytes[bytes.count - 1] {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"): return
        default: bytes.append(UInt8(ascii: ","))
        }
    }

    private mutating func digits(_ number: UInt64) {
        if number < 10 { return bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number)) }
        // Four bits for each digit, the last one lowest: sixteen fill a word, and no number has more than twenty.
        var words: (low: UInt64, high: UInt64) = (0, 0)
        var rest = number
        var count = 0
        while rest > 0 {
            let digit = rest % 10
            rest /= 10
            let shift = UInt64(4 &* (count & 15))
            if count < 16 { words.low |= digit &<< shift } else { words.high |= digit &<< shift }
            count &+= 1
        }
        bytes.append(addingCapacity: count) { (out: inout OutputSpan<UInt8>) in
            while count > 0 {
                count &-= 1
                let word = count < 16 ? words.low : words.high
                let digit = word &>> UInt64(4 &* (count & 15)) & 0xF
                out.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit))
            }
        }
    }

    /// Marks the bytes of a word that need an escape; marks above the lowest may be false.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let found =
            ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- (ones &* 0x20)) & ~word)
        return found & 0x8080_8080_8080_8080
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x00..<0x20:
            bytes.append("u00" as StaticString)
            Hex.append([byte].raw, to: &bytes)
        default: bytes.append(byte)
        }
    }
}
