import Model
import TestSupport
import Testing

/// That moments are written as JavaScript writes them, and read however ISO 8601 has them.
@Suite struct InstantTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (1_781_954_400_000, "2026-06-20T11:20:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
        (8_640_000_000_000_000, "+275760-09-13T00:00:00.000Z"),
    ])
    func isWrittenAndReadAgain(_ milliseconds: Int64, _ text: String) {
        #expect(Instant(milliseconds: milliseconds).iso == text)
        #expect(Instant(iso: text)?.milliseconds == milliseconds)
    }

    @Test func isReadInOtherSpellings() {
        let wanted: [(String, Int64?)] = [
            ("2026-06-20", 1_781_913_600_000), ("2026-06-20T11:20Z", 1_781_954_400_000),
            ("2026-06-20T13:20:00+02:00", 1_781_954_400_000), ("2026-06-20T06:50:00-0430", 1_781_954_400_000),
            ("2026-06-20T11:20:00.123456789Z", 1_781_954_400_123), ("2026-06-20T11:20:00", 1_781_954_400_000),
            ("2026-02-29", nil), ("2026-06-20T24:00Z", nil), ("2026-06-20T11:60Z", nil), ("soon", nil), ("", nil),
            ("2026-06-20T11:20:00.Z", nil), ("2026-06-20T11:20:00ZZ", nil), ("+275760-09-13T00:00:00.001Z", nil),
            ("2026-6-20", nil), ("2026-06-20T11", nil),
        ]
        for (text, milliseconds) in wanted { #expect(Instant(iso: text)?.milliseconds == milliseconds, "\(text)") }
    }

    @Test func anyMomentComesBack() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<2000 {
            let instant = Instant(milliseconds: Int64.random(in: -Instant.reach...Instant.reach, using: &random))
            #expect(Instant(iso: instant.iso) == instant)
        }
    }
}
