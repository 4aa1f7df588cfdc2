internal import COpenSSL

/// One AES-256-GCM key, ready to seal and open: for one thread at a time.
///
/// The expanded key is kept, which halves the cost of a small message. A nonce must never seal twice under one key:
/// the caller takes it from something that does not come again. OpenSSL wipes its copy of the key when this goes.
@safe
package final class SealingKey {
    package static let keyByteCount = 32
    package static let nonceByteCount = 12
    package static let tagByteCount = 16

    private let sealing: OpaquePointer
    /// Made by the first `open`: most keys only ever seal or only ever open, and a context has a direction.
    private var opening: OpaquePointer?
    private let key: [UInt8]

    /// Takes a key of 32 bytes.
    package init(key: [UInt8]) {
        precondition(key.count == Self.keyByteCount, "an AES-256 key has 32 bytes")
        self.key = key
        unsafe sealing = Self.newContext()
        let ready = unsafe EVP_EncryptInit_ex2(sealing, Crypto.algorithms.aes256GCM, key, nil, nil)
        precondition(ready == 1, "a fetched cipher takes its key")
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(sealing)
        unsafe EVP_CIPHER_CTX_free(opening)
    }

    /// Appends ciphertext ‖ 16 bytes of tag to `out`.
    ///
    /// The nonce has 12 bytes. `associated` is authenticated but not sent: who opens must know it.
    package func seal(
        _ plain: RawSpan,
        nonce: RawSpan,
        authenticating associated: RawSpan = RawSpan(),
        into out: inout [UInt8]
    ) {
        seal(plain, RawSpan(), nonce: nonce, authenticating: associated, into: &out)
    }

    /// Appends the ciphertext of one ‖ other, and 16 bytes of tag, to `out`.
    package func seal(
        _ one: RawSpan,
        _ other: RawSpan,
        nonce: RawSpan,
        authenticating associated: RawSpan = RawSpan(),
        into out: inout [UInt8]
    ) {
        precondition(nonce.byteCount == Self.nonceByteCount, "a nonce has 12 bytes")
        let count = one.byteCount + other.byteCount + Self.tagByteCount
        precondition(count <= Int32.max, "OpenSSL counts bytes in 31 bits")
        out.append(addingCapacity: count) { space in
            unsafe space.withUnsafeMutableBufferPointer { space, initialised in
                let done = unsafe Self.withPointers(one, other, nonce, associated) { one, other, nonce, associated in
                    unsafe prima_gcm_seal(
                        sealing,
                        nonce.baseAddress,
                        associated.baseAddress,
                        associated.count,
                        one.baseAddress,
                        one.count,
                        other.baseAddress,
                        other.count,
                        space.baseAddress
                    )
                }
                precondition(done == 1, "a key that was taken seals")
                initialised = count
            }
        }
    }

    /// What was sealed with this nonce and these associated bytes; nil when a bit of either or of `sealed` differs.
    package func open(
        _ sealed: RawSpan,
        nonce: RawSpan,
        authenticating associated: RawSpan = RawSpan()
    ) -> [UInt8]? {
        precondition(nonce.byteCount == Self.nonceByteCount, "a nonce has 12 bytes")
        precondition(sealed.byteCount <= Int32.max, "OpenSSL counts bytes in 31 bits")
        guard sealed.byteCount >= Self.tagByteCount else { return nil }
        let context = unsafe openingContext()
        var whole = false
        let plain = unsafe [UInt8](unsafeUninitializedCapacity: sealed.byteCount - Self.tagByteCount) { plain, count in
            let done = unsafe Self.withPointers(sealed, RawSpan(), nonce, associated) { sealed, _, nonce, associated in
                unsafe prima_gcm_open(
                    context,
                    nonce.baseAddress,
                    associated.baseAddress,
                    associated.count,
                    sealed.baseAddress,
                    sealed.count,
                    plain.baseAddress
                )
            }
            precondition(done >= 0, "a key that was taken opens")
            whole = done == 1
            count = whole ? sealed.byteCount - Self.tagByteCount : 0
        }
        return whole ? plain : nil
    }

    private func openingContext() -> OpaquePointer {
        if let opening = unsafe opening { return unsafe opening }
        let context = unsafe Self.newContext()
        let ready = unsafe EVP_DecryptInit_ex2(context, Crypto.algorithms.aes256GCM, key, nil, nil)
        precondition(ready == 1, "a fetched cipher takes its key")
        unsafe opening = context
        return unsafe context
    }

    private static func newContext() -> OpaquePointer {
        guard let context = unsafe EVP_CIPHER_CTX_new() else { preconditionFailure("no memory is left for a cipher") }
        return unsafe context
    }

    private typealias Bytes = UnsafeRawBufferPointer

    @inline(__always)
    private static func withPointers(
        _ one: RawSpan,
        _ two: RawSpan,
        _ three: RawSpan,
        _ four: RawSpan,
        _ body: (Bytes, Bytes, Bytes, Bytes) -> Int32
    ) -> Int32 {
        unsafe one.withUnsafeBytes { one in
            unsafe two.withUnsafeBytes { two in
                unsafe three.withUnsafeBytes { three in
                    unsafe four.withUnsafeBytes { four in unsafe body(one, two, three, four) }
                }
            }
        }
    }
}

extension SealingKey {
    /// Appends ciphertext ‖ 16 bytes of tag to `out`.
    package func seal(_ plain: RawSpan, nonce: [UInt8], into out: inout [UInt8]) {
        unsafe seal(plain, nonce: nonce.span.bytes, into: &out)
    }

    /// Appends the ciphertext of one ‖ other, and 16 bytes of tag, to `out`.
    package func seal(_ one: RawSpan, _ other: RawSpan, nonce: [UInt8], into out: inout [UInt8]) {
        unsafe seal(one, other, nonce: nonce.span.bytes, into: &out)
    }

    /// What was sealed with this nonce; nil when a bit of either differs.
    package func open(_ sealed: RawSpan, nonce: [UInt8]) -> [UInt8]? {
        unsafe open(sealed, nonce: nonce.span.bytes)
    }
}
