extension JSONReader {
    /// Any number, in canonical form.
    package mutating func number() throws(JSONError) -> Number {
        try require(.number)
        return try scanNumber()
    }

    /// Reads a number whose first byte is next.
    mutating func scanNumber() throws(JSONError) -> Number {
        let start = offset
        let isNegative = bytes.byte(at: offset) == UInt8(ascii: "-")
        if isNegative { offset &+= 1 }
        var digits = Digits()
        let first = offset
        try scanDigits(into: &digits, start: start)
        if bytes.byte(at: first) == UInt8(ascii: "0"), offset > first + 1 {
            throw JSONError(.malformedNumber, at: start)
        }
        var exponent = 0
        var isWhole = true
        if offset < end, bytes.byte(at: offset) == UInt8(ascii: ".") {
            isWhole = false
            offset &+= 1
            let fraction = offset
            try scanDigits(into: &digits, start: start)
            exponent = fraction - offset
        }
        if offset < end, bytes.byte(at: offset) | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            let written = try scanExponent(start: start)
            exponent += written
        }
        return finish(digits, exponent: exponent, isNegative, isWhole, start)
    }

    /// The digits of a number without its point, the first 19 that count: as many as 64 bits hold.
    private struct Digits {
        var value: UInt64 = 0
        /// How many digits are in `value`, leading zeros aside.
        var significant = 0
    }

    private mutating func scanDigits(into digits: inout Digits, start: Int) throws(JSONError) {
        let first = offset
        while offset < end {
            let digit = bytes.byte(at: offset) &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            if digits.significant < 19 {
                digits.value = digits.value &* 10 &+ UInt64(digit)
                if digits.value != 0 { digits.significant &+= 1 }
            }
            offset &+= 1
        }
        guard offset > first else { throw JSONError(.malformedNumber, at: start) }
    }

    private mutating func scanExponent(start: Int) throws(JSONError) -> Int {
        offset &+= 1
        var isNegative = false
        if offset < end, bytes.byte(at: offset) == UInt8(ascii: "-") || bytes.byte(at: offset) == UInt8(ascii: "+") {
            isNegative = bytes.byte(at: offset) == UInt8(ascii: "-")
            offset &+= 1
        }
        let first = offset
        var exponent = 0
        while offset < end {
            let digit = bytes.byte(at: offset) &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            // Saturates: the slow way reads the text again.
            exponent = min(exponent * 10 + Int(digit), 1_000_000)
            offset &+= 1
        }
        guard offset > first else { throw JSONError(.malformedNumber, at: start) }
        return isNegative ? -exponent : exponent
    }

    private func finish(
        _ digits: Digits,
        exponent: Int,
        _ isNegative: Bool,
        _ isWhole: Bool,
        _ start: Int
    ) -> Number {
        // Up to 2⁵³ a double holds it, and digits that were left out come after 19 others: far beyond that.
        let isExact = digits.value <= UInt64(Limits.integer)
        if isExact, isWhole || digits.value == 0 {
            return .integer(isNegative ? -Int64(digits.value) : Int64(digits.value))
        }
        let magnitude: Double
        if isExact, exponent.magnitude <= 22 {
            // Both are doubles, so the one rounding of × or ÷ gives the nearest one (Clinger).
            let power = Self.power(exponent.magnitude)
            magnitude = exponent < 0 ? Double(digits.value) / power : Double(digits.value) * power
        } else {
            let from = isNegative ? start + 1 : start
            // The text is a number by now; the conversion of the standard library is the nearest double.
            magnitude = Double(bytes.extracting(from..<offset).text) ?? .infinity
        }
        let double = isNegative ? -magnitude : magnitude
        if let integer = Value.canonicalInteger(double) { return .integer(integer) }
        return double.isFinite ? .double(double) : .beyondDouble
    }

    /// 10 to the power of 0…22, exactly.
    private static func power(_ exponent: UInt) -> Double {
        var power = 1.0
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}
