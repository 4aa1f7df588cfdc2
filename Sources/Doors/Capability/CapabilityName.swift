internal import Basics

/// What a capability is called at every door: words joined by dots, as `consciousness.field`.
package struct CapabilityName: Sendable, Hashable, Comparable, ExpressibleByStringLiteral {
    package let text: String

    /// Names stand in declarations only, so that a wrong one never meets a caller.
    package init(stringLiteral text: StaticString) {
        self.text = "\(text)"
        precondition(Self.isName(self.text), "\(text) is no name of a capability: words of A-Z a-z 0-9 _, and dots")
    }

    /// As a path: dots are slashes.
    package var path: String { text.replacing(".", with: "/") }

    private static func isName(_ text: String) -> Bool {
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        return words.allSatisfy { word in
            guard let first = word.utf8.first, (first | 0x20) &- 0x61 < 26 else { return false }
            return word.utf8.allSatisfy {
                ($0 | 0x20) &- 0x61 < 26 || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
            }
        }
    }

    package static func < (one: Self, other: Self) -> Bool { one.text.byteOrder(other.text) < 0 }
}
