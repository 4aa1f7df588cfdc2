internal import Basics
internal import Model

/// The body of a field event as answers and tables show it: intensity rounded, texts without markup.
enum FieldData {
    static func json(_ body: Body) -> String {
        var writer = JSONWriter()
        var reader = CBORReader(body.encoded.raw)
        // The body was checked when it was made.
        try? write(&reader, into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ reader: inout CBORReader, into writer: inout JSONWriter) throws(CBORError) {
        writer.openObject()
        for _ in 0..<(try reader.map()) {
            let key = try reader.uncheckedText()
            writer.key(utf8: reader.bytes.extracting(key))
            if reader.bytes.extracting(key).isSame(as: intensity.utf8.raw), try isNumber(reader) {
                try writeIntensity(&reader, into: &writer)
            } else {
                try writeValue(&reader, into: &writer)
            }
        }
        writer.closeObject()
    }

    private static let intensity = "intensity"

    private static func isNumber(_ reader: borrowing CBORReader) throws(CBORError) -> Bool {
        switch try reader.kind() {
        case .integer, .double: true
        default: false
        }
    }

    private static func writeIntensity(_ reader: inout CBORReader, into writer: inout JSONWriter) throws(CBORError) {
        let number: Double =
            switch try reader.number() {
            case .integer(let integer): Double(integer)
            case .double(let double): double
            case .beyondDouble: 0
            }
        writer.double(Centi(number)?.value ?? number)
    }

    private static func writeValue(_ reader: inout CBORReader, into writer: inout JSONWriter) throws(CBORError) {
        switch try reader.kind() {
        case .text:
            let range = try reader.uncheckedText()
            let text = reader.bytes.extracting(range)
            if hasBracket(text) { writer.text(Markup.stripped(text.text)) } else { writer.text(utf8: text) }
        case .array:
            writer.openArray()
            for _ in 0..<(try reader.array()) { try writeValue(&reader, into: &writer) }
            writer.closeArray()
        case .map:
            writer.openObject()
            for _ in 0..<(try reader.map()) {
                let key = try reader.uncheckedText()
                writer.key(utf8: reader.bytes.extracting(key))
                try writeValue(&reader, into: &writer)
            }
            writer.closeObject()
        default: try writer.value(from: &reader)
        }
    }

    private static func hasBracket(_ text: borrowing RawSpan) -> Bool {
        for offset in 0..<text.byteCount where text.byte(at: offset) == UInt8(ascii: "<") { return true }
        return false
    }
}
