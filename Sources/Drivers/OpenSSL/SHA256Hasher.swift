package import Basics
internal import COpenSSL

/// Hashes with SHA-256, many times with one context: for one thread at a time.
@safe
package final class SHA256Hasher {
    private let context: OpaquePointer

    package init() {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("OpenSSL has no memory for a digest") }
        unsafe self.context = context
        let ready = unsafe EVP_DigestInit_ex2(context, Crypto.algorithms.sha256, nil) == 1
        precondition(ready, "a fetched digest starts")
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// SHA-256(bytes).
    package func hash(_ bytes: RawSpan) -> ContentHash {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe digest(bytes.baseAddress, bytes.count, nil, 0)
        }
    }

    /// SHA-256(one ‖ other), for a salt and what it salts.
    package func hash(_ one: RawSpan, _ other: RawSpan) -> ContentHash {
        unsafe one.withUnsafeBytes { one in
            unsafe other.withUnsafeBytes { other in
                unsafe digest(one.baseAddress, one.count, other.baseAddress, other.count)
            }
        }
    }

    /// SHA-256(prefix ‖ bytes): the leaf of a Merkle tree with 0x00.
    package func hash(_ prefix: UInt8, _ bytes: RawSpan) -> ContentHash {
        var prefix = prefix
        return unsafe bytes.withUnsafeBytes { bytes in
            unsafe digest(&prefix, 1, bytes.baseAddress, bytes.count)
        }
    }

    /// SHA-256(prefix ‖ left ‖ right): the node of a Merkle tree with 0x01.
    package func hash(_ prefix: UInt8, _ left: ContentHash, _ right: ContentHash) -> ContentHash {
        unsafe withUnsafeBytes(of: left) { left in
            unsafe withUnsafeBytes(of: right) { right in
                unsafe filled { unsafe prima_digest_node(context, prefix, left.baseAddress, right.baseAddress, $0) }
            }
        }
    }

    private func digest(
        _ one: UnsafeRawPointer?,
        _ oneCount: Int,
        _ two: UnsafeRawPointer?,
        _ twoCount: Int
    ) -> ContentHash {
        unsafe filled { unsafe prima_digest(context, one, oneCount, two, twoCount, $0) }
    }

    /// The hash that `body` writes to the 32 bytes it gets; 1 when it could.
    @inline(__always)
    private func filled(_ body: (UnsafeMutableRawPointer) -> Int32) -> ContentHash {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let done = unsafe withUnsafeMutablePointer(to: &words) { unsafe body($0) }
        precondition(done == 1, "a digest that started neither fails nor runs out of memory")
        return ContentHash(words: words)
    }
}

/// SHA-256 of one thing; whoever hashes often keeps a `SHA256Hasher`.
package enum SHA256 {
    package static func hash(_ bytes: [UInt8]) -> ContentHash { unsafe SHA256Hasher().hash(bytes.span.bytes) }
}
