internal import Basics

/// What a client prefers, read from `Accept` and `Accept-Encoding` (RFC 9110 §12).
package enum Negotiation {
    /// Whether gzip may be used: named, or `*`, and not with weight nought.
    static func acceptsGzip(_ value: RawSpan) -> Bool {
        var (named, other): (Int?, Int?) = (nil, nil)
        value.forEachElement { element in
            let end = element.firstIndex(of: UInt8(ascii: ";")) ?? element.byteCount
            let coding = element.part(0..<end).trimmed
            let weight = quality(element.part(end..<element.byteCount))
            if coding.isSameIgnoringCase(as: "gzip") || coding.isSameIgnoringCase(as: "x-gzip") { named = weight }
            if coding.isSame(as: "*") { other = weight }
            return .next
        }
        return (named ?? other ?? 0) > 0
    }

    /// The weight (0…1000) that an `Accept` field gives to a media type such as `text/html`, in lower case.
    ///
    /// The most specific range counts: the type, then `text/*`, then `*/*`; 0 when nothing matches.
    package static func weight(of type: StaticString, in accept: RawSpan) -> Int {
        var (best, specificity) = (0, 0)
        accept.forEachElement { element in
            let end = element.firstIndex(of: UInt8(ascii: ";")) ?? element.byteCount
            let range = element.part(0..<end).trimmed
            let closeness = closeness(of: range, to: type)
            if closeness > specificity {
                (best, specificity) = (quality(element.part(end..<element.byteCount)), closeness)
            }
            return .next
        }
        return best
    }

    private static func closeness(of range: RawSpan, to type: StaticString) -> Int {
        if range.isSameIgnoringCase(as: type) { return 3 }
        if range.isSame(as: "*/*") { return 1 }
        guard range.byteCount > 2, range.byte(at: range.byteCount - 1) == UInt8(ascii: "*") else { return 0 }
        let kind = range.byteCount - 1
        guard kind < type.utf8CodeUnitCount else { return 0 }
        // Sound: a literal's bytes are constant memory, and the index stays below their count.
        let bytes = unsafe type.utf8Start
        for offset in 0..<kind where unsafe ASCII.lowercase(range.byte(at: offset)) != bytes[offset] { return 0 }
        return range.byte(at: kind - 1) == UInt8(ascii: "/") ? 2 : 0
    }

    /// `;q=0.5` among parameters, in thousandths; 1000 when it is missing, 0 when it is malformed.
    private static func quality(_ parameters: RawSpan) -> Int {
        var start = 0
        while start < parameters.byteCount {
            let end = parameters.firstIndex(of: UInt8(ascii: ";"), from: start + 1) ?? parameters.byteCount
            let parameter = parameters.part(start + 1..<max(start + 1, end)).trimmed
            if parameter.byteCount >= 2, parameter.part(0..<2).isSameIgnoringCase(as: "q=") {
                return thousandths(parameter.part(2..<parameter.byteCount))
            }
            start = end
        }
        return 1000
    }

    private static func thousandths(_ text: RawSpan) -> Int {
        guard text.byteCount > 0, text.byteCount <= 5 else { return 0 }
        var number = 0
        for offset in 0..<5 where offset != 1 {
            let digit = offset < text.byteCount ? text.byte(at: offset) : UInt8(ascii: "0")
            guard ASCII.isDigit(digit) else { return 0 }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        if text.byteCount > 1, text.byte(at: 1) != UInt8(ascii: ".") { return 0 }
        return min(number, 1000)
    }
}
