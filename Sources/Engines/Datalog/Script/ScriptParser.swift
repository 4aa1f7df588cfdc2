/// Reads CozoScript.
///
/// A recursive descent over the bytes, with a look ahead where the language needs one. The first thing that cannot be
/// read ends it, with the place, what was expected there and how to mend it.
struct ScriptParser {
    let bytes: [UInt8]
    var position = 0
    var depth = 0

    /// How deep expressions and bodies may nest.
    static let deepest = 256

    init(_ script: String) { bytes = Array(script.utf8) }

    /// Reads a whole script.
    static func parse(_ script: String) throws(ScriptError) -> Script {
        var parser = ScriptParser(script)
        parser.skipSpace()
        if parser.at("::") {
            let operation = try parser.system()
            try parser.expectEnd()
            return .system(operation)
        }
        if parser.at("{") || parser.at("%") { return .chain(try parser.chain()) }
        let query = try parser.query(until: nil)
        return .query(query)
    }
}

// MARK: Words and white space

extension ScriptParser {
    var isAtEnd: Bool { position >= bytes.count }

    var byte: UInt8 { position < bytes.count ? bytes[position] : 0 }

    func byte(ahead distance: Int) -> UInt8 {
        position + distance < bytes.count ? bytes[position + distance] : 0
    }

    /// True when the text goes on with these characters.
    func at(_ word: String) -> Bool {
        var place = position
        for byte in word.utf8 {
            guard place < bytes.count, bytes[place] == byte else { return false }
            place += 1
        }
        return true
    }

    /// Passes over the characters, and the space behind them, when they come next.
    mutating func take(_ word: String) -> Bool {
        guard at(word) else { return false }
        position += word.utf8.count
        skipSpace()
        return true
    }

    /// Passes over a word that no letter follows.
    mutating func takeWord(_ word: String) -> Bool {
        guard at(word), !Self.continuesName(byte(ahead: word.utf8.count)) else { return false }
        position += word.utf8.count
        skipSpace()
        return true
    }

    mutating func expect(_ word: String, remedy: String? = nil) throws(ScriptError) {
        guard take(word) else { throw unexpected("`\(word)`", remedy: remedy) }
    }

    func expectEnd() throws(ScriptError) {
        guard isAtEnd else { throw unexpected("the end of the script") }
    }

    /// White space, `# comments` and nested `/* comments */`.
    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), 9, 10, 13: position += 1
            case UInt8(ascii: "#"):
                while position < bytes.count, bytes[position] != 10 { position += 1 }
            case UInt8(ascii: "/") where byte(ahead: 1) == UInt8(ascii: "*"): skipBlockComment()
            default: return
            }
        }
    }

    private mutating func skipBlockComment() {
        var level = 0
        while position < bytes.count {
            if byte == UInt8(ascii: "/"), byte(ahead: 1) == UInt8(ascii: "*") {
                level += 1
                position += 2
            } else if byte == UInt8(ascii: "*"), byte(ahead: 1) == UInt8(ascii: "/") {
                level -= 1
                position += 2
                if level == 0 { return }
            } else {
                position += 1
            }
        }
    }

    static func startsName(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
            || byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
    }

    static func continuesName(_ byte: UInt8) -> Bool {
        startsName(byte) || byte == UInt8(ascii: "_") || isDigit(byte)
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    func span(from start: Int) -> Span {
        var end = position
        while end > start, [32, 9, 10, 13].contains(bytes[end - 1]) { end -= 1 }
        return Span(start: start, length: end - start)
    }

    /// What kind of name: where it may begin with `_`, and which marks it may hold inside.
    enum NameForm { case plain, underscored, variable, compound, compoundOrIndex, parameter }

    func nameEnd(_ form: NameForm) -> Int? {
        var end = position
        let startsWithMark =
            byte == UInt8(ascii: "_") && form != .plain && form != .compound && form != .compoundOrIndex
        guard Self.startsName(byte) || startsWithMark || form == .parameter && Self.continuesName(byte) else {
            return nil
        }
        while end < bytes.count {
            let next = bytes[end]
            if Self.continuesName(next) {
                end += 1
            } else if next == UInt8(ascii: "."), form == .variable || form == .parameter {
                end += 1
            } else if form == .compound || form == .compoundOrIndex, end + 1 < bytes.count,
                Self.startsName(bytes[end + 1]),
                next == UInt8(ascii: ".") || next == UInt8(ascii: ":") && form == .compoundOrIndex
            {
                end += 1
            } else {
                break
            }
        }
        return end
    }

    mutating func takeName(_ form: NameForm) -> Name? {
        guard let end = nameEnd(form) else { return nil }
        let name = Name(text(position..<end), Span(start: position, length: end - position))
        position = end
        skipSpace()
        return name
    }

    mutating func name(_ form: NameForm, for role: String) throws(ScriptError) -> Name {
        guard let name = takeName(form) else { throw unexpected(role) }
        return name
    }

    /// The error of what stands here.
    func unexpected(_ expected: String, remedy: String? = nil) -> ScriptError {
        let found: String
        if isAtEnd {
            found = "the end of the script"
        } else {
            var end = position + 1
            while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
            found = "`\(text(position..<end))`"
        }
        return ScriptError(
            .syntax,
            "expected \(expected), found \(found)",
            at: Span(start: position, length: isAtEnd ? 0 : 1),
            remedy: remedy
        )
    }

    mutating func nested<Result>(
        _ body: (inout ScriptParser) throws(ScriptError) -> Result
    ) throws(ScriptError) -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw ScriptError(
                .syntax,
                "nested deeper than \(Self.deepest) levels",
                at: Span(start: position, length: 1),
                remedy: "name parts of it in rules of their own"
            )
        }
        return try body(&self)
    }

    /// Items between brackets, with commas between them and perhaps one behind.
    mutating func items<Item>(
        until close: String,
        _ item: (inout ScriptParser) throws(ScriptError) -> Item
    ) throws(ScriptError) -> [Item] {
        var items: [Item] = []
        while !take(close) {
            items.append(try item(&self))
            if take(",") { continue }
            try expect(close, remedy: "items are separated by commas")
            break
        }
        return items
    }
}
