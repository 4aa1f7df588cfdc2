package import Basics

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1) under one key, made ready once.
package struct HMACSHA256: Sendable {
    private static let blockByteCount = 64

    private let inner: [UInt8]
    private let outer: [UInt8]

    package init(key: [UInt8]) {
        var block = key.count > Self.blockByteCount ? SHA256.hash(key).bytes : key
        block += [UInt8](repeating: 0, count: Self.blockByteCount - block.count)
        inner = block.map { $0 ^ 0x36 }
        outer = block.map { $0 ^ 0x5C }
    }

    /// The code of a message; `hasher` is the caller's, since one serves many keys.
    package func code(of message: RawSpan, with hasher: SHA256Hasher) -> ContentHash {
        let digest = hasher.hash(inner.raw, message)
        return hasher.hash(outer.raw, digest.bytes.raw)
    }

    /// The code of one message.
    package func code(of message: [UInt8]) -> ContentHash { code(of: message.raw, with: SHA256Hasher()) }
}
