package import Basics

/// Wraps keys of 32 bytes under a master key: AES-256-GCM with a random nonce.
///
/// A wrapped key is nonce (12) ‖ ciphertext (32) ‖ tag (16). The associated data says what the key is for, so that
/// a wrapped key that was moved elsewhere does not open. Random nonces are good for 2^32 wraps under one master key.
package struct KeyWrapping: Sendable {
    package static let wrappedByteCount = 60

    private let master: [UInt8]
    private let randomness: any Randomness

    /// Takes a master key of 32 bytes.
    package init(key: [UInt8], randomness: any Randomness = SystemRandomness()) {
        precondition(key.count == SealingKey.keyByteCount, "a master key has 32 bytes")
        master = key
        self.randomness = randomness
    }

    /// The key, wrapped: 60 bytes that differ each time.
    package func wrap(_ key: [UInt8], associated: [UInt8] = []) -> [UInt8] {
        precondition(key.count == SealingKey.keyByteCount, "keys to be wrapped have 32 bytes")
        var wrapped = randomness.bytes(SealingKey.nonceByteCount)
        let nonce = wrapped
        unsafe SealingKey(key: master)
            .seal(key.span.bytes, nonce: nonce.span.bytes, authenticating: associated.span.bytes, into: &wrapped)
        return wrapped
    }

    /// The key; nil when another master key wrapped it, for something else, or when it is damaged.
    package func unwrap(_ wrapped: [UInt8], associated: [UInt8] = []) -> [UInt8]? {
        guard wrapped.count == Self.wrappedByteCount else { return nil }
        let bytes = unsafe wrapped.span.bytes
        return unsafe SealingKey(key: master)
            .open(
                bytes.extracting(SealingKey.nonceByteCount...),
                nonce: bytes.extracting(..<SealingKey.nonceByteCount),
                authenticating: associated.span.bytes
            )
    }
}
