/// A moment as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
    /// Appends the moment, in seconds since 1970.
    package static func append(_ seconds: Int64, to out: inout [UInt8]) {
        let (days, time) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = civil(Int(days))
        let names: (StaticString, StaticString) = (
            "ThuFriSatSunMonTueWed", "JanFebMarAprMayJunJulAugSepOctNovDec"
        )
        append(names.0, Int(days % 7), to: &out)
        out.append(literal: ", ")
        append(twoDigits: day, to: &out)
        out.append(0x20)
        append(names.1, month - 1, to: &out)
        out.append(0x20)
        append(twoDigits: year / 100, to: &out)
        append(twoDigits: year % 100, to: &out)
        for (separator, unit) in [(UInt8(0x20), time / 3600), (0x3A, time / 60 % 60), (0x3A, time % 60)] {
            out.append(separator)
            append(twoDigits: Int(unit), to: &out)
        }
        out.append(literal: " GMT")
    }

    private static func append(_ names: StaticString, _ index: Int, to out: inout [UInt8]) {
        // Sound: three bytes a name, and the index is one of a day or a month.
        for offset in 0..<3 { unsafe out.append(names.utf8Start[index * 3 + offset]) }
    }

    private static func append(twoDigits number: Int, to out: inout [UInt8]) {
        out.append(0x30 + UInt8(number / 10))
        out.append(0x30 + UInt8(number % 10))
    }

    /// Year, month and day of a number of days since 1970, in the Gregorian calendar.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        // Years that begin in March put the leap day last; 400 of them have 146,097 days.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
