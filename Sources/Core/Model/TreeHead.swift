package import Basics

/// The head of the tree: the root of its first `size` leaves.
package struct TreeHead: Sendable, Hashable {
    package let size: Int64
    package let root: ContentHash

    package init(size: Int64, root: ContentHash) {
        precondition(size >= 0 && size <= Position.limit, "a tree has as many leaves as there are positions, at most")
        self.size = size
        self.root = root
    }

    /// What the server signs: deterministic CBOR of root, size and the time of signing in milliseconds.
    package func signedBytes(time: Int64) -> [UInt8] {
        var out = CBORWriter()
        out.map(3)
        out.field("root")
        out.head(0x40, UInt64(ContentHash.byteCount))
        root.append(to: &out.bytes)
        out.field("size")
        out.integer(size)
        out.field("time")
        out.integer(time)
        return out.bytes
    }
}

/// A head of the tree under the server's signature.
package struct SignedTreeHead: Sendable, Hashable {
    package let head: TreeHead
    /// When it was signed, in milliseconds since 1970.
    package let time: Int64
    package let signature: Signature
    package let publicKey: PublicKey

    package init(head: TreeHead, time: Int64, signature: Signature, publicKey: PublicKey) {
        self.head = head
        self.time = time
        self.signature = signature
        self.publicKey = publicKey
    }
}
