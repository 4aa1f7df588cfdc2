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
        // The letters, the first one lowest; no name is longer, and a test compares these numbers with `text`.
        guard name.byteCount <= 6 else { return nil }
        var word: UInt64 = 0
        for offset in 0..<name.byteCount { word |= UInt64(name.byte(at: offset)) &<< UInt64(8 &* offset) }
        switch (word, name.byteCount) {
        case (0x6465_6E67_6973, 6): self = .signed
        case (0x6E_656B_6F74, 5): self = .token
        case (0x6563_6976_6564, 6): self = .device
        case (0x6E65_706F, 4): self = .open
        default: return nil
        }
    }
}
