extension JSONWriter {
    /// Reads one canonical CBOR value and writes it as JSON, without building it.
    ///
    /// Byte strings become hexadecimal texts.
    package mutating func value(from reader: inout CBORReader) throws(CBORError) {
        switch try reader.kind() {
        case .integer, .double:
            let start = reader.offset
            switch try reader.number() {
            case .integer(let integer): self.integer(integer)
            case .double(let double) where double.isFinite: self.double(double)
            case .double, .beyondDouble: throw CBORError(.notFinite, at: start)
            }
        case .text:
            let range = try reader.uncheckedText()
            text(utf8: reader.bytes.extracting(range))
        case .bytes:
            let range = try reader.byteString()
            hex(reader.bytes.extracting(range))
        case .bool: bool(try reader.bool())
        case .null:
            try reader.null()
            null()
        case .array:
            openArray()
            for _ in 0..<(try reader.array()) { try value(from: &reader) }
            closeArray()
        case .map:
            openObject()
            for _ in 0..<(try reader.map()) {
                let key = try reader.uncheckedText()
                self.key(utf8: reader.bytes.extracting(key))
                try value(from: &reader)
            }
            closeObject()
        case .tag: throw CBORError(.tag, at: reader.offset)
        case .simple: throw reader.simpleFault()
        }
    }
}
