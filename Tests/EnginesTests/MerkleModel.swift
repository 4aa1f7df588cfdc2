import Basics
import Integrity
import OpenSSLDriver

/// The tree's hashing, by the driver.
struct SHA256Tree: TreeHashing {
    private let hasher = SHA256Hasher()

    func leaf(_ canonical: RawSpan) -> ContentHash { hasher.hash(0, canonical) }
    func node(_ left: ContentHash, _ right: ContentHash) -> ContentHash { hasher.hash(1, left, right) }
    var emptyRoot: ContentHash { hasher.hash(RawSpan()) }

    func leaf(_ bytes: [UInt8]) -> ContentHash { unsafe leaf(bytes.span.bytes) }
}

/// The tree as RFC 6962 defines it, by recursion over the leaf hashes: slow and plain.
struct MerkleModel {
    let leaves: [ContentHash]
    let hashing = SHA256Tree()
    private let known = Known()

    private final class Known { var roots: [Range<Int>: ContentHash] = [:] }

    func root(_ range: Range<Int>) -> ContentHash {
        switch range.count {
        case 0: return hashing.emptyRoot
        case 1: return leaves[range.lowerBound]
        default:
            if let root = known.roots[range] { return root }
            let middle = range.lowerBound + split(range.count)
            let root = hashing.node(root(range.lowerBound..<middle), root(middle..<range.upperBound))
            known.roots[range] = root
            return root
        }
    }

    /// PATH(m, D[n]).
    func path(_ leaf: Int, _ range: Range<Int>) -> [ContentHash] {
        guard range.count > 1 else { return [] }
        let middle = range.lowerBound + split(range.count)
        let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
        return leaf < middle ? path(leaf, left) + [root(right)] : path(leaf, right) + [root(left)]
    }

    /// SUBPROOF(m, D[n], b), where m counts from the range's beginning.
    func consistency(_ older: Int, _ range: Range<Int>, isRoot: Bool = true) -> [ContentHash] {
        if older == range.count { return isRoot ? [] : [root(range)] }
        let half = split(range.count)
        let middle = range.lowerBound + half
        let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
        return older <= half
            ? consistency(older, left, isRoot: isRoot) + [root(right)]
            : consistency(older - half, right, isRoot: false) + [root(left)]
    }

    private func split(_ count: Int) -> Int {
        var half = 1
        while half * 2 < count { half *= 2 }
        return half
    }
}

/// The complete subtrees of a growing tree, as a store keeps them.
struct MerkleNodes {
    private(set) var levels: [[ContentHash]] = []

    mutating func set(_ level: Int, _ index: Int64, _ hash: ContentHash) {
        if level == levels.count { levels.append([]) }
        precondition(levels[level].count == Int(index), "nodes of a level come in order, each once")
        levels[level].append(hash)
    }

    /// Throws for what a tree of `size` leaves has no complete subtree of.
    func node(_ level: Int, _ index: Int64, size: Int64) throws(Missing) -> ContentHash {
        guard (index + 1) << Int64(level) <= size else { throw Missing(level: level, index: index) }
        return levels[level][Int(index)]
    }

    struct Missing: Error {
        let level: Int
        let index: Int64
    }
}
