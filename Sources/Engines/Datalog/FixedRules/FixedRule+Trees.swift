// Spanning trees: the cheapest edges that hold a graph together.
extension FixedRule {
    static let trees: [FixedRule] = [
        FixedRule("MinimumSpanningTreePrim", .fixed(3)) { call throws(ScriptError) in try tree(call) },
        FixedRule("MinimumSpanningForestKruskal", .fixed(3)) { call throws(ScriptError) in try forest(call) },
    ]

    /// Grows one tree from one node.
    private static func tree(_ call: FixedRuleCall) throws(ScriptError) {
        let graph = try OrderedGraph(call, bothWays: true, allowsNegative: true)
        guard graph.count > 0 else { return }
        var start = 0
        if call.inputCount > 1 {
            guard let row = try call.input(1).first else {
                throw ScriptError(.noStart, "The provided starting nodes relation is empty", at: call.call.span)
            }
            guard let number = graph.number(of: row[0]) else {
                throw ScriptError(
                    .startUnknown,
                    "The requested starting node \(row[0].shown) is not found",
                    at: call.call.span
                )
            }
            start = number
        }
        var heap = Heap<(cost: Float, from: Int, to: Int)> { ($0.cost, $1.from) < ($1.cost, $0.from) }
        var isReached = [Bool](repeating: false, count: graph.count)
        func reach(_ node: Int) {
            isReached[node] = true
            for edge in graph.edges(of: node) where !isReached[graph.targets[edge]] {
                heap.push((graph.weights[edge], node, graph.targets[edge]))
            }
        }
        reach(start)
        while let (cost, from, to) = heap.pop() {
            guard !isReached[to] else { continue }
            try call.watch.tick()
            call.put([graph.nodes[from], graph.nodes[to], .float(Double(cost))])
            reach(to)
        }
    }

    /// Takes edges from the cheapest on, unless both ends hang together already.
    private static func forest(_ call: FixedRuleCall) throws(ScriptError) {
        let graph = try OrderedGraph(call, bothWays: true, allowsNegative: true)
        var edges: [(cost: Float, from: Int, to: Int)] = []
        for node in 0..<graph.count {
            for edge in graph.edges(of: node) { edges.append((graph.weights[edge], node, graph.targets[edge])) }
        }
        edges.sort { ($0.cost, $0.from, $0.to) < ($1.cost, $1.from, $1.to) }
        var sets = DisjointSets(count: graph.count)
        for (cost, from, to) in edges where sets.unite(from, to) {
            try call.watch.tick()
            call.put([graph.nodes[from], graph.nodes[to], .float(Double(cost))])
        }
    }
}

/// Sets that only ever become one (union by size, paths halved).
struct DisjointSets {
    private var parents: [Int]
    private var sizes: [Int]

    init(count: Int) {
        parents = Array(0..<count)
        sizes = Array(repeating: 1, count: count)
    }

    mutating func find(_ member: Int) -> Int {
        var root = member
        while parents[root] != root {
            parents[root] = parents[parents[root]]
            root = parents[root]
        }
        return root
    }

    /// False when both were in one set already.
    mutating func unite(_ one: Int, _ other: Int) -> Bool {
        var large = find(one)
        var small = find(other)
        guard large != small else { return false }
        if sizes[large] < sizes[small] { swap(&large, &small) }
        parents[small] = large
        sizes[large] += sizes[small]
        return true
    }
}
