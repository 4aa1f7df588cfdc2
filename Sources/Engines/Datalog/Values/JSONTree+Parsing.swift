extension JSONTree {
    /// Reads a JSON document; nil for anything else.
    ///
    /// Numbers with a point or an exponent are floats.
    package init?(parsing text: String) {
        var parser = Parser(Array(text.utf8))
        guard let tree = parser.value(depth: 0), parser.isAtEnd else { return nil }
        self = tree
    }

    private struct Parser {
        let bytes: [UInt8]
        var place = 0

        static let deepest = 512

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return place == bytes.count
            }
        }

        mutating func skipSpace() {
            while place < bytes.count, [9, 10, 13, 32].contains(bytes[place]) { place += 1 }
        }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            skipSpace()
            guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
            place += 1
            return true
        }

        mutating func word(_ word: String) -> Bool {
            guard bytes[place...].starts(with: word.utf8) else { return false }
            place += word.utf8.count
            return true
        }

        mutating func value(depth: Int) -> JSONTree? {
            skipSpace()
            guard place < bytes.count, depth < Parser.deepest else { return nil }
            switch bytes[place] {
            case UInt8(ascii: "{"): return object(depth)
            case UInt8(ascii: "["): return array(depth)
            case UInt8(ascii: "\""): return text().map { .text($0) }
            case UInt8(ascii: "t"): return word("true") ? .bool(true) : nil
            case UInt8(ascii: "f"): return word("false") ? .bool(false) : nil
            case UInt8(ascii: "n"): return word("null") ? .null : nil
            default: return number()
            }
        }

        private mutating func object(_ depth: Int) -> JSONTree? {
            _ = take("{")
            var members: [(String, JSONTree)] = []
            if take("}") { return .object([]) }
            repeat {
                skipSpace()
                guard let key = text(), take(":"), let member = value(depth: depth + 1) else { return nil }
                members.append((key, member))
            } while take(",")
            return take("}") ? .object(of: members) : nil
        }

        private mutating func array(_ depth: Int) -> JSONTree? {
            _ = take("[")
            var elements: [JSONTree] = []
            if take("]") { return .array([]) }
            repeat {
                guard let element = value(depth: depth + 1) else { return nil }
                elements.append(element)
            } while take(",")
            return take("]") ? .array(elements) : nil
        }

        private mutating func number() -> JSONTree? {
            let start = place
            var isFloat = false
            while place < bytes.count {
                switch bytes[place] {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"): break
                case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): isFloat = true
                default: return finish(start, isFloat)
                }
                place += 1
            }
            return finish(start, isFloat)
        }

        private func finish(_ start: Int, _ isFloat: Bool) -> JSONTree? {
            let digits = String(decoding: bytes[start..<place], as: UTF8.self)
            if !isFloat, let number = Int64(digits) { return .int(number) }
            return Double(digits).map { .float($0) }
        }

        private mutating func text() -> String? {
            guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return nil }
            place += 1
            var content: [UInt8] = []
            while place < bytes.count {
                let byte = bytes[place]
                place += 1
                switch byte {
                case UInt8(ascii: "\""): return String(validating: content, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let scalar = escape() else { return nil }
                    content.append(contentsOf: String(Character(scalar)).utf8)
                case 0..<0x20: return nil
                default: content.append(byte)
                }
            }
            return nil
        }

        private mutating func escape() -> Unicode.Scalar? {
            guard place < bytes.count else { return nil }
            let letter = bytes[place]
            place += 1
            switch letter {
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
            case UInt8(ascii: "u"):
                guard let unit = hex() else { return nil }
                guard unit & 0xFC00 == 0xD800 else { return Unicode.Scalar(unit) }
                guard word("\\u"), let low = hex(), low & 0xFC00 == 0xDC00 else { return nil }
                return Unicode.Scalar(0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF))
            default: return nil
            }
        }

        private mutating func hex() -> UInt32? {
            guard place + 4 <= bytes.count else { return nil }
            let digits = String(decoding: bytes[place..<place + 4], as: UTF8.self)
            place += 4
            return UInt32(digits, radix: 16)
        }
    }
}
