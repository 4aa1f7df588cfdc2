internal import Basics

/// Writes values as JSON text, the way the reference shows them.
///
/// Unlike the writer of `Basics` it keeps `1.0` apart from `1`.
package struct JSONText {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    mutating func write(_ tree: JSONTree) {
        switch tree {
        case .null: append("null")
        case .bool(let bool): append(bool ? "true" : "false")
        case .int(let number): append(String(number))
        case .float(let number): append(NumberText.json(number))
        case .text(let text): write(text)
        case .array(let elements):
            open("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { open(",") }
                write(element)
            }
            open("]")
        case .object(let members):
            open("{")
            for (index, member) in members.enumerated() {
                if index > 0 { open(",") }
                write(member.key)
                open(":")
                write(member.value)
            }
            open("}")
        }
    }

    /// Writes a value of an answer.
    package mutating func write(_ datum: Datum) {
        switch datum {
        case .null, .bottom: append("null")
        case .bool(let bool): append(bool ? "true" : "false")
        case .int(let number): append(String(number))
        case .float(let number): append(NumberText.answer(number))
        case .text(let text): write(text)
        case .bytes(let bytes): write(Base64.encode(bytes))
        case .uuid(let id): write(id.description)
        case .regex(let pattern): write(pattern.source)
        case .list(let elements), .set(let elements): write(elements)
        case .vector(.float(let elements)):
            list(elements) { writer, element in writer.append(NumberText.json(Double(element))) }
        case .vector(.double(let elements)):
            list(elements) { writer, element in writer.append(NumberText.json(element)) }
        case .json(let tree): write(tree)
        case .validity(let validity): append("[\(validity.moment),\(validity.isAssertion)]")
        }
    }

    package mutating func write(_ row: [Datum]) { list(row) { $0.write($1) } }

    package mutating func write(_ text: String) {
        open("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 8: append("\\b")
            case 9: append("\\t")
            case 10: append("\\n")
            case 12: append("\\f")
            case 13: append("\\r")
            case 0..<0x20: append("\\u00" + (byte < 16 ? "0" : "1") + String(byte % 16, radix: 16))
            default: bytes.append(byte)
            }
        }
        open("\"")
    }

    /// Appends text that is JSON already.
    package mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    package mutating func list<Item>(_ items: [Item], _ each: (inout JSONText, Item) -> Void) {
        open("[")
        for (index, item) in items.enumerated() {
            if index > 0 { open(",") }
            each(&self, item)
        }
        open("]")
    }

    private mutating func open(_ character: Unicode.Scalar) { bytes.append(UInt8(ascii: character)) }
}

/// How numbers are spelled.
enum NumberText {
    /// A float in an answer: what JSON cannot say becomes null or a word.
    static func answer(_ number: Double) -> String {
        if number.isNaN { return "null" }
        if number.isInfinite { return number < 0 ? "\"NEGATIVE_INFINITY\"" : "\"INFINITY\"" }
        return json(number)
    }

    static func json(_ number: Double) -> String {
        number.isFinite ? spell(number.description) : "null"
    }

    /// The shortest digits, in full from 1e-5 to 1e16, else with a bare exponent: `1e16`, `1.5e-7`.
    private static func spell(_ description: String) -> String {
        guard let (digits, exponent, sign) = digits(of: description) else { return description }
        if digits == "0" { return sign + "0.0" }
        let point = digits.utf8.count + exponent
        if point > 16 || point <= -5 {
            let rest = digits.dropFirst()
            return sign + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e" + String(point - 1)
        }
        if exponent >= 0 { return sign + digits + String(repeating: "0", count: exponent) + ".0" }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// Every digit of the number, without an exponent: `1e300` in 301 digits, `1` for 1.0.
    static func plain(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-inf" : "inf" }
        guard let (digits, exponent, sign) = digits(of: number.description) else { return number.description }
        let point = digits.utf8.count + exponent
        if exponent >= 0 { return sign + digits + (digits == "0" ? "" : String(repeating: "0", count: exponent)) }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// The digits without leading and trailing zeros, the power of ten of the last one, and the sign.
    private static func digits(of description: String) -> (digits: String, exponent: Int, sign: String)? {
        var digits = ""
        var exponent = 0
        var sign = ""
        var isBehindPoint = false
        var index = description.startIndex
        while index < description.endIndex {
            let character = description[index]
            index = description.index(after: index)
            switch character {
            case "-": sign = "-"
            case ".": isBehindPoint = true
            case "e":
                guard let power = Int(description[index...]) else { return nil }
                exponent += power
                index = description.endIndex
            default:
                digits.append(character)
                if isBehindPoint { exponent -= 1 }
            }
        }
        while digits.utf8.count > 1, digits.first == "0" { digits.removeFirst() }
        while digits.utf8.count > 1, digits.last == "0" {
            digits.removeLast()
            exponent += 1
        }
        return (digits, exponent, sign)
    }
}
