package import Basics
internal import COpenSSL

/// Ed25519 signatures (RFC 8032, pure): raw bytes in and out.
package enum Ed25519 {
    package static let seedByteCount = 32
    package static let publicKeyByteCount = 32
    package static let signatureByteCount = 64

    /// Whether the holder of this public key signed this message; false, too, for what is no key.
    package static func verify(signature: [UInt8], message: [UInt8], publicKey: [UInt8]) -> Bool {
        guard signature.count == signatureByteCount, publicKey.count == publicKeyByteCount else { return false }
        // What comes from outside may be no key at all; the queue of errors is left empty for whoever looks next.
        defer { ERR_clear_error() }
        guard let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
        else { return false }
        defer { unsafe EVP_PKEY_free(key) }
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("no memory is left for a digest") }
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// An Ed25519 key that signs; many threads may use it at once.
package struct SigningKey: Sendable {
    /// The private key: the 32 bytes that make it again.
    package let seed: [UInt8]
    package let publicKey: [UInt8]
    private let handle: Handle

    /// Takes the 32 bytes of a private key.
    package init(seed: [UInt8]) {
        precondition(seed.count == Ed25519.seedByteCount, "an Ed25519 seed has 32 bytes")
        self.seed = seed
        let handle = Handle(seed: seed)
        self.handle = handle
        publicKey = handle.publicKey()
    }

    /// A new key.
    package static func generate(randomness: any Randomness = SystemRandomness()) -> SigningKey {
        SigningKey(seed: randomness.bytes(Ed25519.seedByteCount))
    }

    /// The 64 bytes of the signature; the same message always gives the same.
    package func sign(_ message: [UInt8]) -> [UInt8] { handle.sign(message) }
}

/// Owns an EVP_PKEY, which OpenSSL never changes once it is made and counts with atomics.
@safe
private final class Handle: @unchecked Sendable {
    private let key: OpaquePointer

    init(seed: [UInt8]) {
        guard let key = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        else { preconditionFailure("every 32 bytes are an Ed25519 seed") }
        unsafe self.key = key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    func publicKey() -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Ed25519.publicKeyByteCount) { buffer, count in
            count = Ed25519.publicKeyByteCount
            let done = unsafe EVP_PKEY_get_raw_public_key(key, buffer.baseAddress, &count)
            precondition(done == 1 && count == Ed25519.publicKeyByteCount, "a private key has a public one")
        }
    }

    func sign(_ message: [UInt8]) -> [UInt8] {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("no memory is left for a digest") }
        defer { unsafe EVP_MD_CTX_free(context) }
        let ready = unsafe EVP_DigestSignInit(context, nil, nil, nil, key)
        precondition(ready == 1, "Ed25519 was there when the process started")
        return unsafe [UInt8](unsafeUninitializedCapacity: Ed25519.signatureByteCount) { buffer, count in
            count = Ed25519.signatureByteCount
            let done = unsafe EVP_DigestSign(context, buffer.baseAddress, &count, message, message.count)
            precondition(done == 1 && count == Ed25519.signatureByteCount, "an Ed25519 key signs every message")
        }
    }
}
