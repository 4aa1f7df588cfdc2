// Numbers and texts.
extension ScriptParser {
    mutating func number() throws(ScriptError) -> Expression {
        let start = position
        if byte == UInt8(ascii: "0") {
            switch byte(ahead: 1) {
            case UInt8(ascii: "x"): return try integer(radix: 16)
            case UInt8(ascii: "o"): return try integer(radix: 8)
            case UInt8(ascii: "b"): return try integer(radix: 2)
            default: break
            }
        }
        skipDigits()
        var isFloat = false
        if byte == UInt8(ascii: ".") {
            isFloat = true
            position += 1
            skipDigits()
        }
        if byte | 0x20 == UInt8(ascii: "e") {
            let sign = [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(byte(ahead: 1)) ? 1 : 0
            if Self.isDigit(byte(ahead: 1 + sign)) {
                isFloat = true
                position += 1 + sign
                skipDigits()
            }
        }
        let digits = text(start..<position).filter { $0 != "_" }
        let span = span(from: start)
        skipSpace()
        if isFloat {
            guard let number = Double(digits.hasSuffix(".") ? digits + "0" : digits.replacingFinalPoint) else {
                throw ScriptError(.badFloat, "Cannot parse float", at: span)
            }
            return .constant(.float(number), span)
        }
        guard let number = Int64(digits) else {
            throw ScriptError(
                .badInteger,
                "Cannot parse integer",
                at: span,
                remedy: "integers reach to 9223372036854775807; write a float: \(digits).0"
            )
        }
        return .constant(.int(number), span)
    }

    private mutating func skipDigits() {
        while Self.isDigit(byte) || byte == UInt8(ascii: "_") { position += 1 }
    }

    private mutating func integer(radix: Int) throws(ScriptError) -> Expression {
        let start = position
        position += 2
        while Self.continuesName(byte) { position += 1 }
        let digits = text(start + 2..<position).filter { $0 != "_" }
        let span = span(from: start)
        skipSpace()
        guard let number = Int64(digits, radix: radix) else {
            throw ScriptError(.badInteger, "Cannot parse integer", at: span)
        }
        return .constant(.int(number), span)
    }

    /// True at an underscore, or several, before a double quote.
    var startsRawText: Bool {
        var distance = 0
        while byte(ahead: distance) == UInt8(ascii: "_") { distance += 1 }
        return byte(ahead: distance) == UInt8(ascii: "\"")
    }

    /// A text in quotes.
    ///
    /// Between double quotes nothing is escaped, as in CozoDB; between single quotes `\n` and its kin
    /// are; marks before a double quote are repeated behind the closing one.
    mutating func quoted() throws(ScriptError) -> String {
        if byte == UInt8(ascii: "'") { return try escaped() }
        let start = position
        var marks = 0
        while byte == UInt8(ascii: "_") {
            marks += 1
            position += 1
        }
        position += 1
        let first = position
        while !isAtEnd {
            if byte == UInt8(ascii: "\""), (1..<marks + 1).allSatisfy({ byte(ahead: $0) == UInt8(ascii: "_") }) {
                let content = text(first..<position)
                position += 1 + marks
                skipSpace()
                return content
            }
            position += 1
        }
        throw ScriptError(
            .syntax,
            "the text never ends",
            at: Span(start: start, length: marks + 1),
            remedy: "close it with \"" + String(repeating: "_", count: marks)
        )
    }

    private mutating func escaped() throws(ScriptError) -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        while !isAtEnd {
            let next = byte
            position += 1
            switch next {
            case UInt8(ascii: "'"):
                skipSpace()
                return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"): try content.append(contentsOf: String(escape()).utf8)
            default: content.append(next)
            }
        }
        throw ScriptError(
            .syntax,
            "the text never ends",
            at: Span(start: start, length: 1),
            remedy: "close it with '"
        )
    }

    private mutating func escape() throws(ScriptError) -> Character {
        let start = position - 1
        let letter = byte
        position += 1
        switch letter {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "'"): return "'"
        case UInt8(ascii: "u"):
            let digits = text(position..<min(position + 4, bytes.count))
            position = min(position + 4, bytes.count)
            if let code = UInt32(digits, radix: 16), digits.utf8.count == 4, let scalar = Unicode.Scalar(code) {
                return Character(scalar)
            }
            throw ScriptError(.badText, "invalid UTF-8 code \(digits)", at: span(from: start))
        default:
            throw ScriptError(
                .syntax,
                "unknown escape",
                at: span(from: start),
                remedy: "escapes are \\n \\t \\r \\b \\f \\\\ \\/ \\' and \\uXXXX"
            )
        }
    }
}

extension String {
    /// `1.e5` as `1.0e5`.
    fileprivate var replacingFinalPoint: String {
        var result = ""
        var last: Character = " "
        for character in self {
            if last == ".", !character.isNumber { result.append("0") }
            result.append(character)
            last = character
        }
        return result
    }
}
