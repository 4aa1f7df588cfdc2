package import Basics

/// The right edge of a growing Merkle tree: all that appending and the root need.
///
/// A tree of `size` leaves is a row of complete subtrees, one for each bit set in `size`, the largest at the left.
/// `peaks` are their hashes, left to right (RFC 6962 calls the whole a compact range from 0).
package struct MerkleFrontier: Sendable, Hashable {
    package private(set) var size: Int64
    package private(set) var peaks: [ContentHash]

    /// The frontier of the tree without leaves.
    package init() {
        size = 0
        peaks = []
    }

    /// Takes up a frontier kept before: there must be `peakCount(size:)` peaks.
    package init(size: Int64, peaks: [ContentHash]) {
        precondition(peaks.count == Self.peakCount(size: size), "a tree has one peak for each bit of its size")
        self.size = size
        self.peaks = peaks
    }

    /// How many peaks a tree of `size` leaves has.
    package static func peakCount(size: Int64) -> Int {
        precondition(size >= 0, "a tree has no negative size")
        return size.nonzeroBitCount
    }

    /// Appends a leaf by its hash.
    ///
    /// `onNode` hears of every subtree that this leaf completes, from the leaf itself (level 0, its position) upwards:
    /// node `index` of `level` covers the 2^level leaves from index · 2^level on. Amortised one node above the leaf.
    @inlinable
    package mutating func append(
        _ leaf: ContentHash,
        with hashing: some TreeHashing,
        onNode: (_ level: Int, _ index: Int64, _ hash: ContentHash) -> Void
    ) {
        var (hash, level, index) = (leaf, 0, size)
        onNode(level, index, hash)
        while index & 1 == 1 {
            hash = hashing.node(peaks.removeLast(), hash)
            level += 1
            index >>= 1
            onNode(level, index, hash)
        }
        peaks.append(hash)
        size += 1
    }

    /// Appends a leaf by its hash.
    @inlinable
    package mutating func append(_ leaf: ContentHash, with hashing: some TreeHashing) {
        append(leaf, with: hashing) { _, _, _ in }
    }

    /// The root of the tree, MTH of RFC 6962: one hash less than there are peaks.
    @inlinable
    package func root(with hashing: some TreeHashing) -> ContentHash {
        guard var root = peaks.last else { return hashing.emptyRoot }
        for peak in peaks.dropLast().reversed() { root = hashing.node(peak, root) }
        return root
    }
}
