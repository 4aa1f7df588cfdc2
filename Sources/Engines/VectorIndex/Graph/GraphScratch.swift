internal import CKernels

/// What one walk through a graph writes down; kept between walks, used by one thread at a time.
package final class GraphScratch {
    private let visited = Block(byteCount: 64)
    private let pool = Block(byteCount: 64)
    private let chosen = Block(byteCount: 64)
    private let numbers = Block(byteCount: 64)
    private let distances = Block(byteCount: 64)
    var effort = prima_effort()

    package init() {}

    /// Room for a walk over `count` nodes that keeps `breadth` of them.
    @unsafe func kernel(count: Int, breadth: Int, degree: Int) -> prima_scratch {
        visited.reserve((count + 64) / 64 * 8)
        pool.reserve((breadth + 1) * 8)
        chosen.reserve(Swift.max(breadth, degree * 8) * 8)
        numbers.reserve((degree * 2 + 256) * 4)
        distances.reserve((degree * 2 + 256) * 4)
        return unsafe prima_scratch(
            visited: visited.base.assumingMemoryBound(to: UInt64.self),
            pool: pool.base.assumingMemoryBound(to: UInt64.self),
            chosen: chosen.base.assumingMemoryBound(to: UInt64.self),
            numbers: numbers.base.assumingMemoryBound(to: UInt32.self),
            distances: distances.base.assumingMemoryBound(to: Float.self)
        )
    }

    /// What a walk left in the pool.
    func found(_ count: Int) -> [Neighbour] {
        (0..<count).map { index in
            let found = unsafe pool.base.load(fromByteOffset: index * 8, as: UInt64.self)
            return Neighbour(row: Int(prima_found_number(found)), distance: prima_found_distance(found))
        }
    }
}

/// A row that was found, and how far it is.
package struct Neighbour: Sendable, Hashable, Comparable {
    package var row: Int
    package var distance: Float

    package init(row: Int, distance: Float) {
        self.row = row
        self.distance = distance
    }

    /// Nearest first; among equals the lower row.
    package static func < (one: Self, other: Self) -> Bool {
        one.distance != other.distance ? one.distance < other.distance : one.row < other.row
    }
}
