package import Basics
package import Model

/// That a leaf is in a tree.
package struct InclusionProof: Sendable, Hashable {
    package let position: Position
    package let size: Int64
    package let leaf: ContentHash
    package let path: [ContentHash]
    package let root: ContentHash

    package init(position: Position, size: Int64, leaf: ContentHash, path: [ContentHash], root: ContentHash) {
        self.position = position
        self.size = size
        self.leaf = leaf
        self.path = path
        self.root = root
    }
}

/// That one tree extends another.
package struct ConsistencyProof: Sendable, Hashable {
    package let from: Int64
    package let to: Int64
    package let path: [ContentHash]
    package let fromRoot: ContentHash
    package let toRoot: ContentHash

    package init(from: Int64, to: Int64, path: [ContentHash], fromRoot: ContentHash, toRoot: ContentHash) {
        self.from = from
        self.to = to
        self.path = path
        self.fromRoot = fromRoot
        self.toRoot = toRoot
    }
}
