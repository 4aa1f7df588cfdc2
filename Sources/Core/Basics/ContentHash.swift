/// A SHA-256 digest: what identifies content.
///
/// Kept as four words in memory order, so that arrays of hashes are flat.
package struct ContentHash: Sendable, Hashable {
    package static let byteCount = 32
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Takes a digest; nil unless there are exactly 32 bytes.
    package init?(_ bytes: RawSpan) {
        guard bytes.byteCount == Self.byteCount else { return nil }
        words = unsafe bytes.unsafeLoadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    /// Takes a digest as four words in memory order: the way of a driver that has just written them.
    package init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// Takes a digest; nil unless there are exactly 32 bytes.
    package init?(_ bytes: [UInt8]) { unsafe self.init(bytes.span.bytes) }

    /// The digest's bytes, in order.
    package var bytes: [UInt8] {
        unsafe withUnsafeBytes(of: words) { unsafe [UInt8]($0) }
    }

    package static func == (one: Self, other: Self) -> Bool {
        one.words.0 == other.words.0 && one.words.1 == other.words.1 && one.words.2 == other.words.2
            && one.words.3 == other.words.3
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
