package import Basics
package import Integrity
package import OpenSSLDriver

/// RFC 6962 with OpenSSL's SHA-256. For one thread at a time.
package struct LedgerHashing: TreeHashing {
    package let hasher = SHA256Hasher()

    package init() {}

    package func leaf(_ canonical: RawSpan) -> ContentHash { hasher.hash(0, canonical) }
    package func node(_ left: ContentHash, _ right: ContentHash) -> ContentHash { hasher.hash(1, left, right) }
    package var emptyRoot: ContentHash { hasher.hash([].span.bytes) }
}
