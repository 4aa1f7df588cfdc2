import OpenSSLDriver
import TestSupport
import Testing

/// Ed25519 against the vectors of RFC 8032, section 7.1, and against whoever tampers.
@Suite struct Ed25519Tests {
    struct Vector: Sendable {
        let seed, publicKey, message, signature: String
    }

    static let published: [Vector] = [
        Vector(
            seed: "9d61b19deffd5a60ba844af492ec2cc4 4449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a 0ee172f3daa62325af021a68f707511a",
            message: "",
            signature: """
                e5564300c360ac729086e2cc806e828a 84877f1eb8e5d974d873e06522490155
                5fb8821590a33bacc61e39701cf9b46b d25bf5f0595bbe24655141438e7a100b
                """
        ),
        Vector(
            seed: "4ccd089b28ff96da9db6c346ec114e0f 5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc 9c982ccf2ec4968cc0cd55f12af4660c",
            message: "72",
            signature: """
                92a009a9f0d4cab8720e820b5f642540 a2b27b5416503f8fb3762223ebdb69da
                085ac1e43e15996e458f3613d0f11d8c 387b2eaeb4302aeeb00d291612bb0c00
                """
        ),
        Vector(
            seed: "c5aa8df43f9f837bedb7442f31dcb7b1 66d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f058 0816ed13ba3303ac5deb911548908025",
            message: "af82",
            signature: """
                6291d657deec24024827e69c3abe01a3 0ce548a284743a445e3680d7db5ac3ac
                18ff9b538d16f290ae67f760984dc659 4a7c15e9716ed28dc027beceea1ec40a
                """
        ),
        Vector(
            seed: "833fe62409237b9d62ec77587520911e 9a759cec1d19755b7da901b96dca3d42",
            publicKey: "ec172b93ad5e563bf4932c70e1245034 c35467ef2efd4d64ebf819683467e2bf",
            message: """
                ddaf35a193617abacc417349ae204131 12e6fa4e89a97ea20a9eeee64b55d39a
                2192992a274fc1a836ba3c23a3feebbd 454d4423643ce80e2a9ac94fa54ca49f
                """,
            signature: """
                dc2a4459e7369633a52b1bf277839a00 201009a3efbf3ecb69bea2186c26b589
                09351fc9ac90b3ecfdfbc7c66431e030 3dca179c138ac17ad9bef1177331a704
                """
        ),
    ]

    @Test(arguments: published)
    func agreesWithPublished(_ vector: Vector) {
        let key = SigningKey(seed: hex(vector.seed))
        #expect(key.seed == hex(vector.seed))
        #expect(key.publicKey == hex(vector.publicKey))
        #expect(key.sign(hex(vector.message)) == hex(vector.signature))
        #expect(
            Ed25519.verify(
                signature: hex(vector.signature),
                message: hex(vector.message),
                publicKey: hex(vector.publicKey)
            )
        )
    }

    @Test func refusesEveryChangedBit() {
        let key = SigningKey(seed: [UInt8](0..<32))
        let message = Array("that I said it".utf8)
        let signature = key.sign(message)
        #expect(Ed25519.verify(signature: signature, message: message, publicKey: key.publicKey))
        for bit in stride(from: 0, to: 8 * signature.count, by: 3) {
            var wrong = signature
            wrong[bit / 8] ^= 1 << (bit % 8)
            #expect(!Ed25519.verify(signature: wrong, message: message, publicKey: key.publicKey))
        }
        for bit in stride(from: 0, to: 8 * message.count, by: 3) {
            var wrong = message
            wrong[bit / 8] ^= 1 << (bit % 8)
            #expect(!Ed25519.verify(signature: signature, message: wrong, publicKey: key.publicKey))
        }
        for bit in stride(from: 0, to: 256, by: 3) {
            var wrong = key.publicKey
            wrong[bit / 8] ^= 1 << (bit % 8)
            #expect(!Ed25519.verify(signature: signature, message: message, publicKey: wrong))
        }
    }

    @Test func refusesWhatIsNoKeyOrSignature() {
        let key = SigningKey(seed: [UInt8](0..<32))
        let signature = key.sign([1])
        #expect(!Ed25519.verify(signature: [], message: [1], publicKey: key.publicKey))
        #expect(!Ed25519.verify(signature: signature + [0], message: [1], publicKey: key.publicKey))
        #expect(!Ed25519.verify(signature: signature, message: [1], publicKey: []))
        #expect(!Ed25519.verify(signature: signature, message: [1], publicKey: key.publicKey + [0]))
        // No point of the curve has this for an encoding.
        let none = [UInt8](repeating: 0xff, count: 32)
        #expect(!Ed25519.verify(signature: signature, message: [1], publicKey: none))
    }

    /// A second encoding of a signature (S + the group's order) would be another event with the same meaning.
    @Test func refusesASecondEncoding() {
        let key = SigningKey(seed: [UInt8](0..<32))
        let order = hex("edd3f55c1a631258d69cf7a2def9de14 00000000000000000000000000000010")
        var signature = key.sign([1])
        var carry = 0
        for index in 0..<32 {
            carry += Int(signature[32 + index]) + Int(order[index])
            signature[32 + index] = UInt8(carry & 0xff)
            carry >>= 8
        }
        #expect(carry == 0 && !Ed25519.verify(signature: signature, message: [1], publicKey: key.publicKey))
    }

    @Test func generatesKeysThatDiffer() {
        let (one, other) = (SigningKey.generate(), SigningKey.generate())
        #expect(one.seed != other.seed && one.publicKey != other.publicKey)
        #expect(Ed25519.verify(signature: one.sign([1]), message: [1], publicKey: one.publicKey))
        #expect(!Ed25519.verify(signature: one.sign([1]), message: [1], publicKey: other.publicKey))
    }

    @Test func signsOnManyThreads() async {
        let key = SigningKey(seed: [UInt8](0..<32))
        let expected = key.sign([1])
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { (0..<20).allSatisfy { _ in key.sign([1]) == expected } } }
            for await agrees in group { #expect(agrees) }
        }
    }
}
