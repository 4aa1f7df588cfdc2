import Integrity
import Testing

/// What only our own code can get wrong ends the process.
@Suite struct MerklePreconditionTests {
    @Test func aFrontierHasAPeakForEachBit() async {
        await #expect(processExitsWith: .failure) { _ = MerkleFrontier(size: 3, peaks: []) }
        await #expect(processExitsWith: .failure) { _ = MerkleFrontier(size: -1, peaks: []) }
    }

    @Test func proofsAreOfLeavesInTheTree() async {
        await #expect(processExitsWith: .failure) {
            let hashing = SHA256Tree()
            _ = MerkleProof.inclusion(position: 3, size: 3, node: { _, _ in hashing.emptyRoot }, with: hashing)
        }
        await #expect(processExitsWith: .failure) {
            let hashing = SHA256Tree()
            _ = MerkleProof.consistency(from: 4, to: 3, node: { _, _ in hashing.emptyRoot }, with: hashing)
        }
    }
}
