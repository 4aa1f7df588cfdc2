import Basics
import Integrity
import TestSupport
import Testing

/// The frontier and the proofs against the plain recursive definition, and against whoever tampers with a proof.
@Suite struct MerkleTreeTests {
    private let hashing = SHA256Tree()
    private let largest: Int64 = 300
    private let model: MerkleModel
    private let nodes: MerkleNodes
    private let frontiers: [MerkleFrontier]

    init() {
        let hashing = SHA256Tree()
        let leaves = (0..<300).map { hashing.leaf(Array("leaf \($0)".utf8)) }
        var (frontier, nodes) = (MerkleFrontier(), MerkleNodes())
        var frontiers = [frontier]
        for leaf in leaves {
            frontier.append(leaf, with: hashing) { nodes.set($0, $1, $2) }
            frontiers.append(frontier)
        }
        model = MerkleModel(leaves: leaves)
        self.nodes = nodes
        self.frontiers = frontiers
    }

    @Test func rootsAgreeForEverySize() throws {
        for size in 0...largest {
            let expected = root(size)
            #expect(frontiers[Int(size)].root(with: hashing) == expected, "\(size) leaves")
            let derived = try MerkleProof.root(size: size, node: source(size), with: hashing)
            #expect(derived == expected, "\(size) leaves")
        }
    }

    @Test func keepsEveryCompleteSubtree() {
        for (level, hashes) in nodes.levels.enumerated() {
            #expect(hashes.count == 300 >> level)
            for (index, hash) in hashes.enumerated() {
                #expect(hash == model.root((index << level)..<((index + 1) << level)))
            }
        }
    }

    @Test func goesOnFromKeptPeaks() {
        for size in 0..<largest {
            let kept = frontiers[Int(size)]
            #expect(kept.peaks.count == MerkleFrontier.peakCount(size: size))
            var again = MerkleFrontier(size: size, peaks: kept.peaks)
            again.append(model.leaves[Int(size)], with: hashing)
            #expect(again == frontiers[Int(size) + 1])
        }
    }

    @Test func inclusionPathsAgreeForEveryLeafAndSize() throws {
        for size in 1...largest {
            // Every leaf of the small trees; the edges and some others of the large ones.
            let step = size <= 70 ? 1 : 7
            for position in stride(from: size - 1, through: 0, by: -step) {
                let path = try MerkleProof.inclusion(
                    position: position,
                    size: size,
                    node: source(size),
                    with: hashing
                )
                #expect(path == model.path(Int(position), 0..<Int(size)), "leaf \(position) of \(size)")
                #expect(verifies(position, size, path), "leaf \(position) of \(size)")
            }
        }
    }

    @Test func consistencyPathsAgreeForEveryPair() throws {
        for to in 0...largest {
            let step = to <= 70 ? 1 : 7
            for from in stride(from: to, through: 0, by: -step) {
                let path = try MerkleProof.consistency(from: from, to: to, node: source(to), with: hashing)
                let expected = from == 0 ? [] : model.consistency(Int(from), 0..<Int(to))
                #expect(path == expected, "\(from) of \(to)")
                #expect(isConsistent(from, to, path), "\(from) of \(to)")
            }
        }
    }

    @Test func refusesTamperedInclusions() throws {
        var random = SeededRandom(seed: 5)
        for _ in 0..<400 {
            let size = Int64(1 + random.below(Int(largest)))
            let position = Int64(random.below(Int(size)))
            let path = model.path(Int(position), 0..<Int(size))
            for wrong in tampered(path, &random) { #expect(!verifies(position, size, wrong)) }
            let other = Int64(random.below(Int(largest)))
            #expect(other == position || !verifies(other, size, path))
            #expect(!verifies(position, size, path, leaf: flipped(model.leaves[Int(position)], &random)))
            #expect(!verifies(position, size, path, root: flipped(root(size), &random)))
            #expect(!verifies(-1, size, path) && !verifies(size, size, path) && !verifies(position, 0, path))
            #expect(!verifies(position, -size, path) && !verifies(position, Int64.max, path))
        }
    }

    @Test func refusesTamperedConsistency() throws {
        var random = SeededRandom(seed: 6)
        for _ in 0..<400 {
            let to = Int64(2 + random.below(Int(largest) - 1))
            let from = Int64(1 + random.below(Int(to)))
            let path = model.consistency(Int(from), 0..<Int(to))
            for wrong in tampered(path, &random) { #expect(!isConsistent(from, to, wrong), "\(from) of \(to)") }
            #expect(!isConsistent(from, to, path, fromRoot: flipped(root(from), &random)))
            #expect(!isConsistent(from, to, path, toRoot: flipped(root(to), &random)))
            #expect(!isConsistent(-1, to, path) && !isConsistent(to + 1, to, path))
            #expect(from == to || !isConsistent(from, to, []))
        }
    }

    @Test func emptyAndEqualTreesHaveEmptyPaths() {
        #expect(isConsistent(0, 0, []) && isConsistent(0, 300, []) && isConsistent(300, 300, []))
        let some = [model.leaves[0]]
        #expect(!isConsistent(0, 0, some) && !isConsistent(0, 300, some) && !isConsistent(300, 300, some))
        #expect(!isConsistent(0, 300, [], fromRoot: root(1)))
        #expect(!isConsistent(0, 0, [], fromRoot: root(1), toRoot: root(1)))
        #expect(!isConsistent(300, 300, [], fromRoot: root(299)))
    }

    @Test func passesTheErrorsOfItsSourceOn() {
        struct Unreadable: Error, Equatable {}
        let failing = { (_: Int, _: Int64) throws(Unreadable) -> ContentHash in throw Unreadable() }
        #expect(throws: Unreadable()) { try MerkleProof.root(size: 3, node: failing, with: hashing) }
        #expect(throws: Unreadable()) {
            try MerkleProof.inclusion(position: 1, size: 3, node: failing, with: hashing)
        }
        #expect(throws: Unreadable()) { try MerkleProof.consistency(from: 1, to: 3, node: failing, with: hashing) }
    }

    /// Trees of the largest size still need few nodes, and no arithmetic overflows.
    @Test func provesInTreesOfAnySize() {
        let (one, size) = (model.leaves[0], Int64(1) << 48 - 1)
        var asked = 0
        let node = { (_: Int, _: Int64) -> ContentHash in
            asked += 1
            return one
        }
        let path = MerkleProof.inclusion(position: size - 1, size: size, node: node, with: hashing)
        #expect(path.count == 47 && asked == 47)
        asked = 0
        _ = MerkleProof.inclusion(position: 0, size: size, node: node, with: hashing)
        #expect(asked < 48 * 49 / 2)
    }

    private func root(_ size: Int64) -> ContentHash { model.root(0..<Int(size)) }

    private func source(_ size: Int64) -> (Int, Int64) throws(MerkleNodes.Missing) -> ContentHash {
        { (level, index) throws(MerkleNodes.Missing) in try nodes.node(level, index, size: size) }
    }

    private func verifies(
        _ position: Int64,
        _ size: Int64,
        _ path: [ContentHash],
        leaf: ContentHash? = nil,
        root: ContentHash? = nil
    ) -> Bool {
        MerkleProof.verifyInclusion(
            leaf: leaf ?? model.leaves[Int(min(max(position, 0), largest - 1))],
            position: position,
            size: size,
            path: path,
            root: root ?? self.root(min(max(size, 0), largest)),
            with: hashing
        )
    }

    private func isConsistent(
        _ from: Int64,
        _ to: Int64,
        _ path: [ContentHash],
        fromRoot: ContentHash? = nil,
        toRoot: ContentHash? = nil
    ) -> Bool {
        MerkleProof.verifyConsistency(
            from: from,
            to: to,
            path: path,
            fromRoot: fromRoot ?? root(min(max(from, 0), largest)),
            toRoot: toRoot ?? root(to),
            with: hashing
        )
    }

    /// Each way to spoil a path: a bit, a hash too few, too many, two exchanged.
    private func tampered(_ path: [ContentHash], _ random: inout SeededRandom) -> [[ContentHash]] {
        var all = [path + [model.leaves[0]], [model.leaves[0]] + path]
        for index in path.indices {
            var wrong = path
            wrong[index] = flipped(path[index], &random)
            all.append(wrong)
            wrong = path
            wrong.remove(at: index)
            all.append(wrong)
            guard index > 0 else { continue }
            wrong = path
            wrong.swapAt(index, index - 1)
            all.append(wrong)
        }
        return all
    }

    private func flipped(_ hash: ContentHash, _ random: inout SeededRandom) -> ContentHash {
        var bytes = hash.bytes
        let bit = random.below(256)
        bytes[bit / 8] ^= 1 << (bit % 8)
        guard let flipped = ContentHash(bytes) else { preconditionFailure("as long as it was") }
        return flipped
    }
}
