internal import Basics

/// Header fields of an answer, as they will be sent; make them once when they do not change.
///
/// The wire itself writes `Content-Length`, `Transfer-Encoding`, `Connection`, `Date`, and `Content-Encoding` when it
/// compresses: never put them here. A control byte in a value becomes a space, so that no value can add a field.
package struct HTTPFields: Sendable {
    private(set) var lines: [UInt8] = []

    package init() {}

    /// Fields with a content type, for instance `application/json`.
    package init(contentType: StaticString) { add("Content-Type", contentType) }

    package static let none = HTTPFields()

    package mutating func add(_ name: StaticString, _ value: StaticString) {
        begin(name)
        lines.append(literal: value)
        lines.append(literal: "\r\n")
    }

    package mutating func add(_ name: StaticString, _ value: RawSpan) {
        begin(name)
        let start = lines.count
        lines.append(value)
        for index in start..<lines.count where lines[index] < 0x20 && lines[index] != 0x09 || lines[index] == 0x7F {
            lines[index] = 0x20
        }
        lines.append(literal: "\r\n")
    }

    package mutating func add(_ name: StaticString, _ value: String) { add(name, value.utf8.raw) }

    package mutating func add(_ name: StaticString, _ value: Int) {
        begin(name)
        lines.append(decimal: value)
        lines.append(literal: "\r\n")
    }

    /// These fields and those.
    package mutating func add(_ others: HTTPFields) { lines.append(contentsOf: others.lines) }

    private mutating func begin(_ name: StaticString) {
        lines.append(literal: name)
        lines.append(literal: ": ")
    }
}

extension [UInt8] {
    /// Appends the bytes of a literal.
    mutating func append(literal: StaticString) {
        // Sound: a literal's bytes are constant memory, as many as it says.
        unsafe append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends decimal digits.
    mutating func append(decimal number: Int) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = count
        repeat {
            append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }

    /// Appends hexadecimal digits.
    mutating func append(hexadecimal number: Int) {
        let digits = Swift.max(1, (Int.bitWidth - number.leadingZeroBitCount + 3) / 4)
        for place in (0..<digits).reversed() {
            let digit = UInt8(truncatingIfNeeded: number &>> (place &* 4) & 0xF)
            append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
        }
    }
}
