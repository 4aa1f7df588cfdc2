/// A moment: milliseconds since 1970, UTC.
package struct Instant: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (one: Self, other: Self) -> Bool { one.milliseconds < other.milliseconds }
    package var description: String { iso }
}

/// ISO 8601, as JavaScript writes it: `2026-06-20T11:20:00.000Z`.
extension Instant {
    /// How far JavaScript's dates reach from 1970.
    package static let reach: Int64 = 8_640_000_000_000_000
    private static let day: Int64 = 86_400_000

    /// Beyond the years 0 to 9999 a sign and six digits.
    package var iso: String {
        var days = milliseconds / Self.day
        var rest = milliseconds % Self.day
        if rest < 0 { (days, rest) = (days - 1, rest + Self.day) }
        let date = CivilDate(days: days)
        var text = ""
        if (0...9999).contains(date.year) {
            text += Self.digits(date.year, 4)
        } else {
            text += date.year < 0 ? "-" : "+"
            text += Self.digits(Int64(date.year.magnitude), 6)
        }
        text += "-\(Self.digits(date.month, 2))-\(Self.digits(date.day, 2))T"
        text += "\(Self.digits(rest / 3_600_000, 2)):\(Self.digits(rest / 60_000 % 60, 2))"
        text += ":\(Self.digits(rest / 1000 % 60, 2)).\(Self.digits(rest % 1000, 3))Z"
        return text
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }

    /// Reads a date, or a date and a time with `Z`, an offset, or (meaning UTC) neither; nil when it is none.
    ///
    /// What is finer than a millisecond is cut off.
    package init?(iso text: String) {
        var reader = ISOReader(Array(text.utf8))
        guard let milliseconds = reader.read(), milliseconds.magnitude <= UInt64(Self.reach) else { return nil }
        self.milliseconds = milliseconds
    }
}

/// A day of the Gregorian calendar, counted on both sides of 1970.
private struct CivilDate {
    let year: Int64
    let month: Int64
    let day: Int64

    /// Eras of 400 years have 146,097 days each, and years begin in March: February's length never matters.
    init(days: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    var days: Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Whether the calendar has such a day.
    var isReal: Bool {
        guard (1...12).contains(month), (1...31).contains(day) else { return false }
        let again = CivilDate(days: days)
        return again.year == year && again.month == month && again.day == day
    }
}

private struct ISOReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func read() -> Int64? {
        guard let date = readDate(), date.isReal else { return nil }
        let midnight = date.days * 86_400_000
        guard place < bytes.count else { return midnight }
        guard pass("T") || pass("t") || pass(" "), let time = readTime() else { return nil }
        guard let offset = readOffset(), place == bytes.count else { return nil }
        return midnight + time - offset
    }

    private mutating func readDate() -> CivilDate? {
        var sign: Int64 = 1
        var length = 4
        if pass("+") { length = 6 } else if pass("-") { (sign, length) = (-1, 6) }
        guard let year = number(length), pass("-"), let month = number(2), pass("-"), let day = number(2) else {
            return nil
        }
        return CivilDate(year: sign * year, month: month, day: day)
    }

    private mutating func readTime() -> Int64? {
        guard let hour = number(2), hour < 24, pass(":"), let minute = number(2), minute < 60 else { return nil }
        var time = hour * 3_600_000 + minute * 60_000
        guard pass(":") else { return time }
        guard let second = number(2), second < 60 else { return nil }
        time += second * 1000
        guard pass(".") else { return time }
        var (scale, digits): (Int64, Int) = (100, 0)
        while let digit = number(1) {
            time += digit * scale
            (scale, digits) = (scale / 10, digits + 1)
        }
        return (1...9).contains(digits) ? time : nil
    }

    private mutating func readOffset() -> Int64? {
        if place == bytes.count || pass("Z") || pass("z") { return 0 }
        let isWest = pass("-")
        guard isWest || pass("+"), let hours = number(2), hours < 24 else { return nil }
        _ = pass(":")
        guard let minutes = number(2), minutes < 60 else { return nil }
        let offset = hours * 3_600_000 + minutes * 60_000
        return isWest ? -offset : offset
    }

    private mutating func pass(_ scalar: Unicode.Scalar) -> Bool {
        guard place < bytes.count, bytes[place] == UInt8(ascii: scalar) else { return false }
        place += 1
        return true
    }

    /// Exactly so many digits.
    private mutating func number(_ count: Int) -> Int64? {
        guard place + count <= bytes.count else { return nil }
        var number: Int64 = 0
        for byte in bytes[place..<place + count] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        place += count
        return number
    }
}
