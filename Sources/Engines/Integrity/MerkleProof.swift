package import Basics

/// Proofs over the Merkle tree of RFC 6962: that a leaf is in it, and that one tree begins with another.
///
/// Nodes come from the caller, by level and index: node `index` of `level` covers the 2^level leaves from
/// index · 2^level on. Only complete subtrees inside the tree are asked for; all others are derived. A proof asks for
/// at most (log₂ size)² / 2 nodes, usually for 2 log₂ size. The source may throw: it may have to read.
package enum MerkleProof {
    /// The root of the first `size` leaves.
    package static func root<Failure: Error>(
        size: Int64,
        node: (_ level: Int, _ index: Int64) throws(Failure) -> ContentHash,
        with hashing: some TreeHashing
    ) throws(Failure) -> ContentHash {
        precondition(size >= 0, "a tree has no negative size")
        guard size > 0 else { return hashing.emptyRoot }
        return try subtree(from: 0, count: size, node: node, with: hashing)
    }

    /// The audit path of the leaf at `position` in the tree of the first `size` leaves, from the leaf upwards.
    package static func inclusion<Failure: Error>(
        position: Int64,
        size: Int64,
        node: (_ level: Int, _ index: Int64) throws(Failure) -> ContentHash,
        with hashing: some TreeHashing
    ) throws(Failure) -> [ContentHash] {
        precondition(position >= 0 && position < size, "the leaf lies in the tree")
        var path: [ContentHash] = []
        var (start, count) = (Int64(0), size)
        while count > 1 {
            let split = splitting(count)
            if position < start + split {
                path.append(try subtree(from: start + split, count: count - split, node: node, with: hashing))
                count = split
            } else {
                path.append(try subtree(from: start, count: split, node: node, with: hashing))
                (start, count) = (start + split, count - split)
            }
        }
        path.reverse()
        return path
    }

    /// The proof that the tree of the first `to` leaves begins with that of the first `from`.
    ///
    /// Empty for 0 and for equal sizes: there is nothing to show.
    package static func consistency<Failure: Error>(
        from: Int64,
        to: Int64,
        node: (_ level: Int, _ index: Int64) throws(Failure) -> ContentHash,
        with hashing: some TreeHashing
    ) throws(Failure) -> [ContentHash] {
        precondition(from >= 0 && from <= to, "the older tree is not larger")
        guard from > 0 else { return [] }
        var path: [ContentHash] = []
        var (start, count, older) = (Int64(0), to, from)
        while older != count {
            let split = splitting(count)
            if older <= split {
                path.append(try subtree(from: start + split, count: count - split, node: node, with: hashing))
                count = split
            } else {
                path.append(try subtree(from: start, count: split, node: node, with: hashing))
                (start, count, older) = (start + split, count - split, older - split)
            }
        }
        // A tree that begins at 0 is the older tree itself, whose root the verifier has.
        if start > 0 { path.append(try subtree(from: start, count: count, node: node, with: hashing)) }
        path.reverse()
        return path
    }

    /// Whether `path` shows that `leaf` is the leaf at `position` of the tree with that size and root.
    ///
    /// RFC 9162, section 2.1.3.2. Any input is allowed: positions out of range are just not proved.
    package static func verifyInclusion(
        leaf: ContentHash,
        position: Int64,
        size: Int64,
        path: [ContentHash],
        root: ContentHash,
        with hashing: some TreeHashing
    ) -> Bool {
        guard position >= 0 && position < size else { return false }
        var (node, last, hash) = (position, size - 1, leaf)
        for sibling in path {
            guard last != 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = hashing.node(sibling, hash)
                // An incomplete right edge: levels without a sibling are skipped.
                while node & 1 == 0 && node != 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                hash = hashing.node(hash, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 && hash == root
    }

    /// Whether `path` shows that the tree of size `to` begins with the tree of size `from`.
    ///
    /// RFC 9162, section 2.1.4.2, and for the sizes that it leaves out: the empty tree begins every tree, and a tree
    /// begins itself; both have an empty path.
    package static func verifyConsistency(
        from: Int64,
        to: Int64,
        path: [ContentHash],
        fromRoot: ContentHash,
        toRoot: ContentHash,
        with hashing: some TreeHashing
    ) -> Bool {
        guard from >= 0 && from <= to else { return false }
        if from == to { return path.isEmpty && fromRoot == toRoot && (to > 0 || toRoot == hashing.emptyRoot) }
        if from == 0 { return path.isEmpty && fromRoot == hashing.emptyRoot }
        // A complete older tree is itself the first node, and the path leaves it out.
        var rest = path[...]
        guard let seed = from & (from - 1) == 0 ? fromRoot : rest.popFirst() else { return false }
        guard !rest.isEmpty else { return false }
        var (node, last) = (from - 1, to - 1)
        while node & 1 == 1 { (node, last) = (node >> 1, last >> 1) }
        var (older, newer) = (seed, seed)
        for sibling in rest {
            guard last != 0 else { return false }
            if node & 1 == 1 || node == last {
                older = hashing.node(sibling, older)
                newer = hashing.node(sibling, newer)
                while node & 1 == 0 && node != 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                newer = hashing.node(newer, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 && older == fromRoot && newer == toRoot
    }

    /// The root of `count` leaves from `start` on, where `start` is a multiple of the power of two that covers them.
    private static func subtree<Failure: Error>(
        from start: Int64,
        count: Int64,
        node: (_ level: Int, _ index: Int64) throws(Failure) -> ContentHash,
        with hashing: some TreeHashing
    ) throws(Failure) -> ContentHash {
        // The complete subtrees from right to left: the lowest bit of the count is the rightmost.
        var rest = count
        var root: ContentHash?
        while rest > 0 {
            let level = rest.trailingZeroBitCount
            rest &= rest - 1
            let complete = try node(level, (start + rest) >> Int64(level))
            root = root.map { hashing.node(complete, $0) } ?? complete
        }
        guard let root else { preconditionFailure("a subtree has leaves") }
        return root
    }

    /// The largest power of two below `count`: where RFC 6962 splits a tree.
    private static func splitting(_ count: Int64) -> Int64 {
        1 << Int64(63 - (count - 1).leadingZeroBitCount)
    }
}
