package import Basics

/// How the tokens of devices are signed: one algorithm, with its key.
///
/// The Mind knows no cryptography: whoever assembles it brings the functions. A token that names another algorithm is
/// refused, whatever its signature.
package struct TokenSigning: Sendable {
    package enum Algorithm: String, Sendable, Hashable, CaseIterable {
        /// HMAC with SHA-256 under a secret.
        case hs256 = "HS256"
        /// Ed25519.
        case edDSA = "EdDSA"
    }

    package let algorithm: Algorithm
    /// The signature of a message.
    package let sign: @Sendable (_ message: [UInt8]) -> [UInt8]
    /// Whether a signature is one of a message; it takes as long whatever is wrong.
    package let verify: @Sendable (_ signature: [UInt8], _ message: [UInt8]) -> Bool
    /// SHA-256, for what is kept of a token and for fingerprints.
    package let hash: @Sendable (_ bytes: [UInt8]) -> ContentHash

    /// Signs with HMAC-SHA-256; `code` computes it under the secret.
    package static func hs256(
        code: @escaping @Sendable (_ message: [UInt8]) -> [UInt8],
        hash: @escaping @Sendable (_ bytes: [UInt8]) -> ContentHash
    ) -> TokenSigning {
        TokenSigning(
            algorithm: .hs256,
            sign: code,
            verify: { signature, message in isSame(signature, code(message)) },
            hash: hash
        )
    }

    /// Signs with Ed25519.
    package static func edDSA(
        sign: @escaping @Sendable (_ message: [UInt8]) -> [UInt8],
        verify: @escaping @Sendable (_ signature: [UInt8], _ message: [UInt8]) -> Bool,
        hash: @escaping @Sendable (_ bytes: [UInt8]) -> ContentHash
    ) -> TokenSigning {
        TokenSigning(algorithm: .edDSA, sign: sign, verify: verify, hash: hash)
    }

    /// Compares in a time that tells nothing of where the difference is.
    static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        var difference: UInt8 = 0
        for index in one.indices { difference |= one[index] ^ other[index] }
        return difference == 0
    }
}
