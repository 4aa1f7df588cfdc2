import OpenSSLDriver
import TestSupport
import Testing

/// AES-256-GCM against the vectors that its authors gave to NIST, and against whoever tampers.
@Suite struct SealingKeyTests {
    struct Vector: Sendable {
        let key, nonce, associated, plain, sealed: String
    }

    /// Test cases 13 to 16 of the GCM specification: the ones with a key of 256 bits and a nonce of 96.
    static let published: [Vector] = [
        Vector(
            key: String(repeating: "00", count: 32),
            nonce: String(repeating: "00", count: 12),
            associated: "",
            plain: "",
            sealed: "530f8afbc74536b9a963b4f1c4cb738b"
        ),
        Vector(
            key: String(repeating: "00", count: 32),
            nonce: String(repeating: "00", count: 12),
            associated: "",
            plain: String(repeating: "00", count: 16),
            sealed: "cea7403d4d606b6e074ec5d3baf39d18 d0d1c8a799996bf0265b98b5d48ab919"
        ),
        Vector(
            key: "feffe9928665731c6d6a8f9467308308 feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            associated: "",
            plain: """
                d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72
                1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b391aafd255
                """,
            sealed: """
                522dc1f099567d07f47f37a32a84427d 643a8cdcbfe5c0c97598a2bd2555d1aa
                8cb08e48590dbb3da7b08b1056828838 c5f61e6393ba7a0abcc9f662898015ad
                b094dac5d93471bdec1a502270e3cc6c
                """
        ),
        Vector(
            key: "feffe9928665731c6d6a8f9467308308 feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            associated: "feedfacedeadbeeffeedfacedeadbeef abaddad2",
            plain: """
                d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72
                1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39
                """,
            sealed: """
                522dc1f099567d07f47f37a32a84427d 643a8cdcbfe5c0c97598a2bd2555d1aa
                8cb08e48590dbb3da7b08b1056828838 c5f61e6393ba7a0abcc9f662
                76fc6ece0f4e1768cddf8853bb2d551b
                """
        ),
    ]

    @Test(arguments: published)
    func agreesWithPublished(_ vector: Vector) {
        let key = SealingKey(key: hex(vector.key))
        let (nonce, associated, plain) = (hex(vector.nonce), hex(vector.associated), hex(vector.plain))
        // Every way to cut the message in two, and each twice with one key: nothing is left over from before.
        for middle in 0...plain.count {
            let (one, other) = (Array(plain[..<middle]), Array(plain[middle...]))
            var out: [UInt8] = [7]
            unsafe key.seal(
                one.span.bytes,
                other.span.bytes,
                nonce: nonce.span.bytes,
                authenticating: associated.span.bytes,
                into: &out
            )
            #expect(out == [7] + hex(vector.sealed))
            let sealed = Array(out.dropFirst())
            let opened = unsafe key.open(
                sealed.span.bytes,
                nonce: nonce.span.bytes,
                authenticating: associated.span.bytes
            )
            #expect(opened == plain)
        }
    }

    @Test func opensWhatItSealed() {
        var random = SeededRandom(seed: 8)
        let key = SealingKey(key: random.bytes(32))
        for length in Array(0..<70) + [100, 1000, 65_536] {
            let (plain, nonce) = (random.bytes(length), random.bytes(12))
            var sealed: [UInt8] = []
            unsafe key.seal(plain.span.bytes, nonce: nonce, into: &sealed)
            #expect(sealed.count == length + SealingKey.tagByteCount)
            #expect(unsafe key.open(sealed.span.bytes, nonce: nonce) == plain)
        }
    }

    @Test func refusesEveryChangedBit() {
        var random = SeededRandom(seed: 9)
        let (secret, plain, nonce) = (random.bytes(32), random.bytes(40), random.bytes(12))
        let key = SealingKey(key: secret)
        var sealed: [UInt8] = []
        unsafe key.seal(plain.span.bytes, nonce: nonce, into: &sealed)
        for bit in 0..<(8 * sealed.count) {
            var wrong = sealed
            wrong[bit / 8] ^= 1 << (bit % 8)
            #expect(unsafe key.open(wrong.span.bytes, nonce: nonce) == nil)
        }
        for bit in 0..<96 {
            var wrong = nonce
            wrong[bit / 8] ^= 1 << (bit % 8)
            #expect(unsafe key.open(sealed.span.bytes, nonce: wrong) == nil)
        }
        for count in 0..<sealed.count {
            let wrong = Array(sealed.prefix(count))
            #expect(unsafe key.open(wrong.span.bytes, nonce: nonce) == nil)
        }
        var other = secret
        other[31] ^= 1
        #expect(unsafe SealingKey(key: other).open(sealed.span.bytes, nonce: nonce) == nil)
        let associated: [UInt8] = [0]
        let opened = unsafe key.open(
            sealed.span.bytes,
            nonce: nonce.span.bytes,
            authenticating: associated.span.bytes
        )
        #expect(opened == nil)
        #expect(unsafe key.open(sealed.span.bytes, nonce: nonce) == plain, "a refusal leaves the key as it was")
    }

    @Test func wrapsKeys() {
        let wrapping = KeyWrapping(key: [UInt8](repeating: 1, count: 32))
        let (key, name) = ([UInt8](0..<32), Array("a-1".utf8))
        let wrapped = wrapping.wrap(key, associated: name)
        #expect(wrapped.count == KeyWrapping.wrappedByteCount)
        #expect(wrapping.unwrap(wrapped, associated: name) == key)
        #expect(wrapping.wrap(key, associated: name) != wrapped, "a new nonce each time")
        #expect(wrapping.unwrap(wrapped) == nil && wrapping.unwrap(wrapped, associated: name + [0]) == nil)
        #expect(wrapping.unwrap(Array(wrapped.dropLast()), associated: name) == nil)
        #expect(wrapping.unwrap([], associated: name) == nil)
        #expect(KeyWrapping(key: [UInt8](repeating: 2, count: 32)).unwrap(wrapped, associated: name) == nil)
        for bit in 0..<(8 * wrapped.count) {
            var wrong = wrapped
            wrong[bit / 8] ^= 1 << (bit % 8)
            #expect(wrapping.unwrap(wrong, associated: name) == nil)
        }
    }
}
