/// The graphs that the Datalog benchmarks ask about: the same ones in every run.
struct DatalogGraph: Sendable, Hashable {
    enum Shape: Sendable, Hashable {
        /// So many edges between nodes that are chosen alike.
        case random(nodes: Int, edges: Int)
        /// Each new node is tied to nodes that others are tied to already, one way or the other.
        case scaleFree(nodes: Int, perNode: Int)
        /// 0 → 1 → 2 …, so many steps.
        case path(steps: Int)
        /// Each node and its parent.
        case tree(nodes: Int)
    }

    /// What a relation over it is called.
    let name: String
    let shape: Shape
    /// Weights from 1 up to this one; nil without weights.
    var heaviest: Int?

    /// `a`, `b`, and `w` when there are weights.
    var columnNames: [String] { heaviest == nil ? ["a", "b"] : ["a", "b", "w"] }

    /// The columns of distinct edges, in order.
    func columns() -> [[Int64]] {
        var random = Random(state: 0x5EED)
        let edges = Array(Set(pairs(&random))).sorted { ($0.from, $0.to) < ($1.from, $1.to) }
        let ends = [edges.map(\.from), edges.map(\.to)]
        return ends + (heaviest.map { heaviest in [edges.map { _ in random.below(heaviest) + 1 }] } ?? [])
    }

    private struct Edge: Hashable {
        let from: Int64
        let to: Int64
    }

    private func pairs(_ random: inout Random) -> [Edge] {
        switch shape {
        case .random(let nodes, let edges):
            return (0..<edges).map { _ in Edge(from: random.below(nodes), to: random.below(nodes)) }
        case .scaleFree(let nodes, let perNode):
            var ends: [Int64] = [0]
            var edges: [Edge] = []
            for node in 1..<nodes {
                for _ in 0..<perNode {
                    let other = ends[Int(random.below(ends.count))]
                    let isOut = random.below(2) == 0
                    edges.append(Edge(from: isOut ? Int64(node) : other, to: isOut ? other : Int64(node)))
                    ends.append(other)
                }
                ends.append(Int64(node))
            }
            return edges
        case .path(let steps): return (0..<steps).map { Edge(from: Int64($0), to: Int64($0 + 1)) }
        case .tree(let nodes):
            return (1..<nodes).map { Edge(from: Int64($0), to: random.below(max(1, $0 / 3))) }
        }
    }

    /// SplitMix64.
    private struct Random {
        var state: UInt64

        mutating func below(_ count: Int) -> Int64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int64((mixed ^ (mixed >> 31)) % UInt64(count))
        }
    }
}
