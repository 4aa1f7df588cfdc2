internal import Basics

/// The name of one version of what a path shows, and what a client asks about it (RFC 9110 §8.8.3, §13).
package struct EntityTag: Sendable, Equatable {
    /// With its quotes, and `W/` before them when it is weak.
    package let text: [UInt8]

    /// `name` is printable ASCII without quotes; any other byte becomes `_`.
    package init(_ name: RawSpan, _ strength: Strength = .strong) {
        var text: [UInt8] = []
        if strength == .weak { text.append(literal: "W/") }
        text.append(UInt8(ascii: "\""))
        for offset in 0..<name.byteCount {
            let byte = name.byte(at: offset)
            text.append(byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") ? byte : UInt8(ascii: "_"))
        }
        text.append(UInt8(ascii: "\""))
        self.text = text
    }

    /// Whether two of one name are the same bytes, or only as good as each other.
    package enum Strength: Sendable { case strong, weak }

    /// Whether the request's `If-None-Match` names this version, so that 304 says all.
    package func isKnown(to request: HTTPRequest) -> Bool {
        var isKnown = false
        request.forEachField { name, value in
            guard name.isSameIgnoringCase(as: "if-none-match") else { return .next }
            if value.isSame(as: "*") { isKnown = true }
            value.forEachElement { element in
                if opaque(element).isSame(as: opaque(text.raw)) { isKnown = true }
                return isKnown ? .stop : .next
            }
            return isKnown ? .stop : .next
        }
        return isKnown
    }

    /// Without the mark of weakness: `If-None-Match` compares weakly.
    @_lifetime(copy tag)
    private func opaque(_ tag: RawSpan) -> RawSpan {
        guard tag.byteCount > 2, tag.part(0..<2).isSame(as: "W/") else { return tag }
        return tag.part(2..<tag.byteCount)
    }
}

extension HTTPFields {
    /// Names the version that is sent.
    package mutating func add(_ tag: EntityTag) { add("ETag", tag.text.raw) }
}
