extension JSONReader {
    /// Reads one value whole, however deep, and writes it as canonical CBOR.
    ///
    /// Everything that makes JSON malformed is thrown. What is well-formed but cannot be kept (a number too large for
    /// any double, too many levels, too many bytes) is noted in the assembler's faults.
    package mutating func assemble(into out: inout CBORAssembler) throws(JSONError) {
        let floor = out.depth
        repeat {
            let opened = try assembleValue(into: &out)
            if !opened { try assembleClosings(into: &out, floor: floor) }
        } while out.depth > floor
    }

    /// Reads a scalar, or opens a container and reads up to its first value; whether a value is to follow.
    private mutating func assembleValue(into out: inout CBORAssembler) throws(JSONError) -> Bool {
        skipSpace()
        guard offset < end else { throw JSONError(.truncated, at: offset) }
        switch bytes.byte(at: offset) {
        case UInt8(ascii: "\""):
            try assembleText(into: &out)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            switch try scanNumber() {
            case .integer(let integer): out.writer.integer(integer)
            case .double(let double): out.writer.float(double)
            case .beyondDouble: out.foreign(.beyondDouble)
            }
        case UInt8(ascii: "{"):
            guard out.openMap() else { throw JSONError(.tooDeep, at: offset) }
            offset &+= 1
            skipSpace()
            if offset < end, bytes.byte(at: offset) == UInt8(ascii: "}") { return false }
            try assembleKey(into: &out)
            return true
        case UInt8(ascii: "["):
            guard out.openArray() else { throw JSONError(.tooDeep, at: offset) }
            offset &+= 1
            skipSpace()
            if offset < end, bytes.byte(at: offset) == UInt8(ascii: "]") { return false }
            out.beginElement()
            return true
        case UInt8(ascii: "t"), UInt8(ascii: "f"): out.writer.bool(try bool())
        case UInt8(ascii: "n"):
            try null()
            out.writer.null()
        default: throw JSONError(.unexpectedByte, at: offset)
        }
        return false
    }

    /// After a value: closes what ends here, and begins the next entry or element.
    private mutating func assembleClosings(into out: inout CBORAssembler, floor: Int) throws(JSONError) {
        while out.depth > floor {
            skipSpace()
            guard offset < end else { throw JSONError(.truncated, at: offset) }
            let isInMap = out.isInMap
            switch (bytes.byte(at: offset), isInMap) {
            case (UInt8(ascii: ","), true):
                offset &+= 1
                try assembleKey(into: &out)
                return
            case (UInt8(ascii: ","), false):
                offset &+= 1
                out.beginElement()
                return
            case (UInt8(ascii: "}"), true), (UInt8(ascii: "]"), false):
                offset &+= 1
                do throws(CBORAssembler.DuplicateKey) {
                    try out.close()
                } catch {
                    throw JSONError(.duplicateKey, at: error.offset)
                }
            default: throw JSONError(.unexpectedByte, at: offset)
            }
        }
    }

    private mutating func assembleKey(into out: inout CBORAssembler) throws(JSONError) {
        skipSpace()
        guard offset < end else { throw JSONError(.truncated, at: offset) }
        guard bytes.byte(at: offset) == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: offset) }
        let start = offset
        let text = try scanText()
        if text.hasEscapes {
            out.key(utf8: unescaped(text).raw, at: start)
        } else {
            out.key(utf8: bytes.extracting(text.range), at: start)
        }
        try passColon()
    }

    private mutating func assembleText(into out: inout CBORAssembler) throws(JSONError) {
        let text = try scanText()
        if text.hasEscapes {
            out.writer.text(utf8: unescaped(text).raw)
        } else {
            out.writer.text(utf8: bytes.extracting(text.range))
        }
    }
}
