import Basics
import OpenSSLDriver
import TestSupport
import Testing

/// SHA-256 against the vectors of FIPS 180-2, and the forms of the hasher against each other.
@Suite struct SHA256Tests {
    static let published: [([UInt8], String)] = [
        ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (Array("abc".utf8), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test func agreesWithPublished() {
        let hasher = SHA256Hasher()
        for (bytes, expected) in Self.published {
            #expect(SHA256.hash(bytes).bytes == hex(expected))
            #expect(unsafe hasher.hash(bytes.span.bytes).bytes == hex(expected), "one hasher, used again")
        }
    }

    @Test func formsAgreeWithTheirBytes() {
        var random = SeededRandom(seed: 7)
        let hasher = SHA256Hasher()
        for length in 0..<300 {
            let (one, other, prefix) = (random.bytes(random.below(80)), random.bytes(length), UInt8(random.below(256)))
            #expect(unsafe hasher.hash(one.span.bytes, other.span.bytes) == SHA256.hash(one + other))
            #expect(unsafe hasher.hash(prefix, other.span.bytes) == SHA256.hash([prefix] + other))
        }
        let (left, right) = (SHA256.hash([1]), SHA256.hash([2]))
        #expect(hasher.hash(1, left, right) == SHA256.hash([1] + left.bytes + right.bytes))
        #expect(hasher.hash(0, left, right) != hasher.hash(0, right, left))
    }

    @Test func preparesMoreThanOnce() throws {
        try Crypto.prepare()
        try Crypto.prepare()
    }

    /// Each thread has its own hasher; what they share was fetched once.
    @Test func hashesOnManyThreads() async {
        let expected = SHA256.hash(Array("abc".utf8))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let (hasher, bytes) = (SHA256Hasher(), Array("abc".utf8))
                    return (0..<500).allSatisfy { _ in unsafe hasher.hash(bytes.span.bytes) == expected }
                }
            }
            for await agrees in group { #expect(agrees) }
        }
    }
}
