/// Times in texts: what people and machines write, as microseconds since 1970.
package enum DateTime {
    /// A date, or a date and a time with or without seconds, fraction and offset; UTC when no offset is given.
    ///
    /// Nil when the text is no such time, or names a day or an hour that does not exist.
    package static func microseconds(_ text: String) -> Int64? {
        var cursor = Cursor(rest: Array(text.utf8)[...])
        cursor.skipSpaces()
        guard let year = cursor.digits(4), cursor.take("-"), let month = cursor.digits(2), cursor.take("-"),
            let day = cursor.digits(2), (1...9999).contains(year), (1...12).contains(month),
            (1...lastDay(year, month)).contains(day)
        else { return nil }
        let midnight = days(year, month, day) * 86_400
        if cursor.isAtEnd { return Int64(midnight) * 1_000_000 }
        guard cursor.take("T") || cursor.take(" "), let hour = cursor.digits(2), cursor.take(":"),
            let minute = cursor.digits(2), hour < 24, minute < 60
        else { return nil }
        let minutes = midnight + hour * 3600 + minute * 60
        if cursor.isAtEnd { return Int64(minutes) * 1_000_000 }
        // A leap second ends the minute that it belongs to.
        guard cursor.take(":"), let second = cursor.digits(2), second <= 60 else { return nil }
        var fraction = 0
        if cursor.take(".") {
            guard let read = cursor.fraction() else { return nil }
            fraction = read
        }
        guard let offset = cursor.offset(), cursor.isAtEnd else { return nil }
        return Int64(minutes + second - offset) * 1_000_000 + Int64(fraction)
    }

    private static func lastDay(_ year: Int, _ month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1 January 1970 in the Gregorian calendar, years beginning in March.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

private struct Cursor {
    var rest: ArraySlice<UInt8>

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skipSpaces() { rest = rest.drop { $0 == 32 || (9...13).contains($0) } }

    mutating func take(_ character: Character) -> Bool {
        guard let byte = character.asciiValue, rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        guard rest.count >= count, rest.prefix(count).allSatisfy(\.isDigit) else { return nil }
        defer { rest.removeFirst(count) }
        return rest.prefix(count).reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    /// At least one digit; what is finer than a microsecond is cut.
    mutating func fraction() -> Int? {
        let digits = rest.prefix { $0.isDigit }
        guard !digits.isEmpty else { return nil }
        rest = rest[digits.endIndex...]
        let micro = digits.prefix(6).reduce(0) { $0 * 10 + Int($1 - 48) }
        return (digits.count..<Swift.max(6, digits.count)).reduce(micro) { value, _ in value * 10 }
    }

    /// Seconds to take away for UTC: `Z`, ` UTC`, `±HH`, `±HH:MM`, `±HHMM`, or nothing.
    mutating func offset() -> Int? {
        if isAtEnd { return 0 }
        if take("Z") || take("z") { return 0 }
        if rest.elementsEqual(" UTC".utf8) {
            rest = []
            return 0
        }
        _ = take(" ")
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = digits(2), hours < 24 else { return nil }
        if isAtEnd { return sign * hours * 3600 }
        _ = take(":")
        guard let minutes = digits(2), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (48...57).contains(self) }
}
