import Basics

/// How the writer of an event was known.
///
/// The names are part of the canonical bytes.
package enum Writer: UInt8, Sendable, Hashable, CaseIterable {
    /// By a signature of its own key.
    case signed
    /// By the operator's token.
    case token
    /// By a device's token.
    case device
    /// Not at all.
    case open

    package var text: String {
        switch self {
        case .signed: "signed"
        case .token: "token"
        case .device: "device"
        case .open: "open"
        }
    }

    /// The writer of this name; nil when there is none.
    package init?(utf8 name: borrowing RawSpan) {
        guard name.byteCount > 0 else { return nil }
        let candidate: Writer
        switch name.byte(at: 0) {
        case UInt8(ascii: "s"): candidate = .signed
        case UInt8(ascii: "t"): candidate = .token
        case UInt8(ascii: "d"): candidate = .device
        default: candidate = .open
        }
        guard name.isSame(as: candidate.text.utf8.raw) else { return nil }
        self = candidate
    }
}
