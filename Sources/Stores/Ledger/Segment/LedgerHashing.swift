internal import Basics
internal import Integrity
internal import OpenSSLDriver

/// RFC 6962 with OpenSSL's SHA-256.
///
/// For one thread at a time.
struct LedgerHashing: TreeHashing {
    let hasher = SHA256Hasher()

    func leaf(_ canonical: RawSpan) -> ContentHash { hasher.hash(0, canonical) }
    func node(_ left: ContentHash, _ right: ContentHash) -> ContentHash { hasher.hash(1, left, right) }
    var emptyRoot: ContentHash { hasher.hash([UInt8]().raw) }
}
