internal import Basics
package import Model
package import NetDriver

/// The parameters of a query, decoded: what is wrong with any of them is gathered, and told at once.
package struct QueryParameters {
    /// One `name=value`, in the order of arrival; nil once it was taken.
    private var entries: [(name: String, value: String)] = []
    private var isTaken: [Bool] = []
    private var faults: [Problem.Fault] = []

    /// Reads the query of a request.
    package init(_ request: HTTPRequest) {
        guard let query = request.query else { return }
        var start = 0
        while start <= query.byteCount {
            let end = query.firstIndex(of: UInt8(ascii: "&"), from: start) ?? query.byteCount
            if end > start { read(query.part(start..<end)) }
            start = end + 1
        }
        isTaken = Array(repeating: false, count: entries.count)
    }

    private mutating func read(_ entry: RawSpan) {
        let equals = entry.firstIndex(of: UInt8(ascii: "=")) ?? entry.byteCount
        let name = Self.decoded(entry.part(0..<equals))
        let value = equals < entry.byteCount ? Self.decoded(entry.part(equals + 1..<entry.byteCount)) : ""
        guard let name, let value else {
            let shown = name ?? String(decoding: entry.part(0..<equals).copy, as: UTF8.self)
            fail(shown, "bad_character", "it is not UTF-8 in whole %XX escapes")
            return
        }
        entries.append((name, value))
    }

    /// As forms write it: `+` is a space.
    private static func decoded(_ text: RawSpan) -> String? {
        var bytes: [UInt8] = []
        var offset = 0
        while offset < text.byteCount {
            let byte = text.byte(at: offset)
            if byte == UInt8(ascii: "%") {
                guard offset + 2 < text.byteCount, let high = digit(text.byte(at: offset + 1)),
                    let low = digit(text.byte(at: offset + 2))
                else { return nil }
                bytes.append(high << 4 | low)
                offset += 3
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
                offset += 1
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Whether nothing was wrong so far: for whoever does not finish.
    package var isSound: Bool { faults.isEmpty }

    package mutating func fail(_ name: String, _ code: String, _ message: String) {
        faults.append(Problem.Fault(path: JSONPointer().appending(name).description, code: code, message: message))
    }

    // MARK: Taking

    /// Every value of a parameter.
    private mutating func all(_ name: String) -> [String] {
        var values: [String] = []
        for (index, entry) in entries.enumerated() where entry.name.hasSameBytes(as: name) {
            isTaken[index] = true
            values.append(entry.value)
        }
        return values
    }

    /// The one value of a parameter; nil when it is not there.
    package mutating func text(_ name: String) -> String? {
        let values = all(name)
        if values.count > 1 { fail(name, "too_many", "it may stand there once") }
        return values.first
    }

    /// An integer of `range`; nil when it is not there.
    package mutating func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let text = text(name) else { return nil }
        guard let number = Self.integer(text) else {
            fail(name, "wrong_type", "it is an integer, in decimal digits")
            return nil
        }
        guard range.contains(number) else {
            fail(name, "out_of_range", "it runs from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// Decimal digits, perhaps a minus before them, and nothing else.
    private static func integer(_ text: String) -> Int64? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard (1...18).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int64(text)
    }

    /// Every value of a parameter, as names.
    package mutating func names<Name: Identifier>(_ name: String, most: Int = 64) -> [Name] {
        let values = all(name)
        if values.count > most { fail(name, "too_many", "it may stand there \(most) times") }
        var names: [Name] = []
        for value in values.prefix(most) {
            do throws(IdentifierInvalid) {
                names.append(try Name(value))
            } catch {
                fail(name, error.code.rawValue, error.message)
            }
        }
        return names
    }

    /// Refuses the query when anything in it was wrong, or was not asked for.
    package mutating func finish() throws(Problem) {
        for (index, entry) in entries.enumerated() where !isTaken[index] {
            fail(entry.name, "unknown_field", "there is no such parameter here")
        }
        try check()
    }

    /// Refuses the query when anything in it was wrong so far; what nobody asked for may stand there.
    package func check() throws(Problem) {
        guard faults.isEmpty else {
            throw Problem(.unprocessable, "invalid-query", "The query is not valid.", faults: faults)
        }
    }
}
