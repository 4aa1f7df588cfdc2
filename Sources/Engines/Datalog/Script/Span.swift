internal import Basics

/// A piece of a script: where it begins, in bytes, and how long it is.
package struct Span: Hashable, Sendable {
    package var start: Int
    package var length: Int

    static let none = Span(start: 0, length: 0)

    func joined(with other: Span) -> Span {
        let end = max(start + length, other.start + other.length)
        let first = min(start, other.start)
        return Span(start: first, length: end - first)
    }
}

/// A name together with where it stands; two names are equal when their bytes are.
package struct Name: Hashable, Sendable, CustomStringConvertible {
    package let text: String
    package let span: Span

    init(_ text: String, _ span: Span = .none) {
        self.text = text
        self.span = span
    }

    package var description: String { text }

    package static func == (one: Name, other: Name) -> Bool { one.text.utf8.elementsEqual(other.text.utf8) }

    package func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
}

extension Name: Comparable {
    package static func < (one: Name, other: Name) -> Bool { Order.ofBytes(one.text, other.text) == .less }
}
