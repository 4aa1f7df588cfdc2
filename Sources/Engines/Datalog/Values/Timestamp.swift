/// A moment, read and written as RFC 3339 has it.
struct Timestamp {
    let microseconds: Int64
    init(microseconds: Int64) { self.microseconds = microseconds }

    var seconds: Double { Double(microseconds) / 1_000_000 }

    /// Reads `2024-02-29T12:30:00.5+01:00`; nil for anything else.
    init?(_ text: String) {
        var reader = Reader(Array(text.utf8))
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"),
            let second = reader.number(2), (1...12).contains(month), day >= 1, day <= Self.days(month, year),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction: Int64 = 0
        if reader.take(".") {
            guard let digits = reader.fraction() else { return nil }
            fraction = digits
        }
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        let days = Self.dayNumber(year, month, day)
        let time = days * 86400 + hour * 3600 + minute * 60 + min(second, 59) - offset
        microseconds = time * 1_000_000 + fraction
    }

    private static func days(_ month: Int64, _ year: Int64) -> Int64 {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days since 1970-01-01.
    private static func dayNumber(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { place == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
            place += 1
            return true
        }

        mutating func digit() -> Int64? {
            guard place < bytes.count, bytes[place] >= 48, bytes[place] <= 57 else { return nil }
            place += 1
            return Int64(bytes[place - 1] - 48)
        }

        mutating func number(_ count: Int) -> Int64? {
            var number: Int64 = 0
            for _ in 0..<count {
                guard let digit = digit() else { return nil }
                number = number * 10 + digit
            }
            return number
        }

        /// Microseconds; further digits are dropped.
        mutating func fraction() -> Int64? {
            var number: Int64 = 0
            var count = 0
            while let digit = digit() {
                if count < 6 { number = number * 10 + digit }
                count += 1
            }
            guard count > 0 else { return nil }
            while count < 6 {
                number *= 10
                count += 1
            }
            return number
        }

        /// Seconds to the east.
        mutating func offset() -> Int64? {
            if take("Z") || take("z") { return 0 }
            let isEast = take("+")
            guard isEast || take("-"), let hours = number(2), take(":"), let minutes = number(2) else { return nil }
            return (hours * 3600 + minutes * 60) * (isEast ? 1 : -1)
        }
    }
}

extension Timestamp: CustomStringConvertible {
    /// The moment in UTC: `2024-02-29T12:30:00.500+00:00`.
    var description: String {
        let (seconds, rest) = Self.floorDivided(microseconds, 1_000_000)
        let (days, time) = Self.floorDivided(seconds, 86400)
        let (year, month, day) = Self.date(days)
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
        text += "\(padded(time / 3600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))"
        if rest != 0 { text += rest % 1000 == 0 ? ".\(padded(rest / 1000, 3))" : ".\(padded(rest, 6))" }
        return text + "+00:00"
    }

    private static func floorDivided(_ number: Int64, _ divisor: Int64) -> (quotient: Int64, rest: Int64) {
        let rest = (number % divisor + divisor) % divisor
        return ((number - rest) / divisor, rest)
    }

    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part + (part < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
    }
}
