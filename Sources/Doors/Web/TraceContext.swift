internal import Basics
internal import NetDriver

/// The trace that a request is part of, and the step in it that it is: `traceparent` of W3C's trace context.
struct TraceContext: Sendable, Equatable {
    /// 32 lower-case hexadecimal digits.
    let trace: [UInt8]
    /// 16 of them: the caller's step, or, after `child`, ours.
    let span: [UInt8]
    /// Whether the caller keeps what it learns of this trace; nothing else of the flags has a meaning yet.
    let isSampled: Bool

    private init(trace: [UInt8], span: [UInt8], isSampled: Bool) {
        self.trace = trace
        self.span = span
        self.isSampled = isSampled
    }

    /// Reads the header's value; nil when it is malformed, which means: as if there were none.
    ///
    /// A version that is newer than ours may have more behind what we know.
    init?(_ value: RawSpan) {
        guard value.byteCount >= 55, Self.isHexadecimal(value.part(0..<2)) else { return nil }
        let version = value.part(0..<2)
        guard !version.isSame(as: "ff") else { return nil }
        if version.isSame(as: "00") { guard value.byteCount == 55 else { return nil } }
        if value.byteCount > 55 { guard value.byte(at: 55) == UInt8(ascii: "-") else { return nil } }
        for offset in [2, 35, 52] where value.byte(at: offset) != UInt8(ascii: "-") { return nil }
        let (trace, span, flags) = (value.part(3..<35), value.part(36..<52), value.part(53..<55))
        guard Self.isHexadecimal(trace), Self.isHexadecimal(span), Self.isHexadecimal(flags) else { return nil }
        guard !Self.isZero(trace), !Self.isZero(span) else { return nil }
        self.trace = trace.copy
        self.span = span.copy
        isSampled = Self.bits(value.byte(at: 54)) & 1 != 0
    }

    /// The same trace with a step of its own, which `number` makes.
    func child(_ number: UInt64) -> TraceContext {
        var mixed = number
        mixed = (mixed ^ mixed &>> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed &>> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed &>> 31
        var (bytes, span): ([UInt8], [UInt8]) = ([], [])
        bytes.append(word: mixed == 0 ? 1 : mixed)
        Hex.append(bytes.raw, to: &span)
        return TraceContext(trace: trace, span: span, isSampled: isSampled)
    }

    /// As a header says it.
    var header: [UInt8] {
        var text: [UInt8] = []
        text.append("00-")
        text.append(trace.raw)
        text.append("-")
        text.append(span.raw)
        text.append(isSampled ? "-01" : "-00")
        return text
    }

    private static func isHexadecimal(_ digits: RawSpan) -> Bool {
        for offset in 0..<digits.byteCount {
            let byte = digits.byte(at: offset)
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) else { return false }
        }
        return true
    }

    private static func isZero(_ digits: RawSpan) -> Bool {
        for offset in 0..<digits.byteCount where digits.byte(at: offset) != UInt8(ascii: "0") { return false }
        return true
    }

    private static func bits(_ digit: UInt8) -> UInt8 {
        digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
    }
}
