package import Basics

/// How the Merkle tree of RFC 6962 hashes: the engines know the tree, a driver knows SHA-256.
package protocol TreeHashing {
    /// SHA-256(0x00 ‖ canonical): the hash of a leaf.
    func leaf(_ canonical: RawSpan) -> ContentHash

    /// SHA-256(0x01 ‖ left ‖ right): the hash of what lies above two subtrees.
    func node(_ left: ContentHash, _ right: ContentHash) -> ContentHash

    /// SHA-256 of nothing: the root of the tree without leaves.
    var emptyRoot: ContentHash { get }
}
