/// Reads Swift as far as our rules need: words, punctuation and strings; interpolations are code; comments are dropped.
struct Lexer {
    private(set) var tokens: [Token] = []
    private let bytes: [UInt8]
    private var place = 0
    private var line = 1

    init(_ text: String) { bytes = Array(text.utf8) }

    /// Reads to the closing bracket (behind it), or to the end.
    mutating func readCode(until closing: UInt8?) {
        var depth = 0
        var spaced = true
        while let byte = peek() {
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n") {
                advance()
                spaced = true
                continue
            }
            if skipComment() || readString(spaced) || skipRegex(spaced) {
                spaced = false
                continue
            }
            if Self.isWord(byte) {
                readWord(spaced)
            } else {
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    if depth == 0, closing == byte {
                        advance()
                        return
                    }
                    depth -= 1
                }
                emit(.punctuation, [byte], line, spaced)
                advance()
            }
            spaced = false
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x30 && byte <= 0x39)
            || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        place + distance < bytes.count ? bytes[place + distance] : nil
    }

    private func has(_ text: StaticString, _ distance: Int = 0) -> Bool {
        let wanted = text.description.utf8
        return place + distance + wanted.count <= bytes.count
            && bytes[(place + distance)...].starts(with: wanted)
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where place < bytes.count {
            if bytes[place] == UInt8(ascii: "\n") { line += 1 }
            place += 1
        }
    }

    private mutating func emit(_ kind: Token.Kind, _ text: some Collection<UInt8>, _ line: Int, _ spaced: Bool) {
        tokens.append(Token(kind: kind, text: String(decoding: text, as: UTF8.self), line: line, followsSpace: spaced))
    }

    private mutating func readWord(_ spaced: Bool) {
        let start = place
        while let byte = peek(), Self.isWord(byte) { place += 1 }
        let isAttribute = tokens.last.map { $0.isPunctuation("@") && !spaced } ?? false
        emit(.word, bytes[start..<place], line, spaced)
        if isAttribute { tokens[tokens.count - 1].isAttribute = true }
    }

    private mutating func skipComment() -> Bool {
        guard peek() == UInt8(ascii: "/") else { return false }
        if has("//") {
            while let byte = peek(), byte != UInt8(ascii: "\n") { advance() }
            return true
        }
        guard has("/*") else { return false }
        var depth = 0
        repeat {
            if has("/*") {
                depth += 1
                advance(2)
            } else if has("*/") {
                depth -= 1
                advance(2)
            } else {
                advance()
            }
        } while depth > 0 && place < bytes.count
        return true
    }

    /// A literal with any number of `#`, on one line or between three quotes.
    private mutating func readString(_ spaced: Bool) -> Bool {
        var hashes = 0
        while peek(hashes) == UInt8(ascii: "#") { hashes += 1 }
        guard peek(hashes) == UInt8(ascii: "\"") else { return false }
        let quotes = has("\"\"\"", hashes) ? 3 : 1
        let begin = line
        advance(hashes + quotes)
        var content: [UInt8] = []
        while place < bytes.count, !closes(quotes: quotes, hashes: hashes) {
            if bytes[place] == UInt8(ascii: "\\"), isEscape(hashes) {
                advance(1 + hashes)
                if peek() == UInt8(ascii: "(") {
                    advance()
                    readCode(until: UInt8(ascii: ")"))
                } else {
                    advance()
                }
                continue
            }
            content.append(bytes[place])
            advance()
        }
        advance(quotes + hashes)
        emit(.string, content, begin, spaced)
        tokens[tokens.count - 1].lastLine = line
        return true
    }

    private func isEscape(_ hashes: Int) -> Bool {
        (0..<hashes).allSatisfy { peek(1 + $0) == UInt8(ascii: "#") }
    }

    private func closes(quotes: Int, hashes: Int) -> Bool {
        (0..<quotes).allSatisfy { peek($0) == UInt8(ascii: "\"") }
            && (0..<hashes).allSatisfy { peek(quotes + $0) == UInt8(ascii: "#") }
    }

    /// `/…/` where an expression begins, or `#/…/#`.
    private mutating func skipRegex(_ spaced: Bool) -> Bool {
        guard peek() == UInt8(ascii: "/") || peek() == UInt8(ascii: "#") else { return false }
        let extended = has("#/")
        guard extended || (peek() == UInt8(ascii: "/") && beginsExpression) else { return false }
        if !extended, peek(1) == UInt8(ascii: " ") || peek(1) == UInt8(ascii: "\n") { return false }
        var end = place + (extended ? 2 : 1)
        while end < bytes.count, extended || bytes[end] != UInt8(ascii: "\n") {
            if bytes[end] == UInt8(ascii: "\\") {
                end += 2
                continue
            }
            if bytes[end] == UInt8(ascii: "/"),
                !extended || (end + 1 < bytes.count && bytes[end + 1] == UInt8(ascii: "#"))
            {
                let content = bytes[place..<end]
                emit(.string, content, line, spaced)
                advance(end - place + (extended ? 2 : 1))
                return true
            }
            end += 1
        }
        return false
    }

    private var beginsExpression: Bool {
        guard let last = tokens.last else { return true }
        return switch last.kind {
        case .string: false
        case .word: ["return", "in", "case", "try", "await"].contains(last.text)
        case .punctuation: ["(", ",", "=", ":", "[", "{", "&", "|", "?"].contains(last.text)
        }
    }
}
