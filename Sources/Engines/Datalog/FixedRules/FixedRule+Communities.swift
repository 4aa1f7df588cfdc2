// Nodes that belong together.
extension FixedRule {
    static let communities: [FixedRule] = [
        FixedRule("CommunityDetectionLouvain", .fixed(2)) { call throws(ScriptError) in try louvain(call) },
        FixedRule("LabelPropagation", .fixed(2)) { call throws(ScriptError) in try labels(call) },
    ]

    /// Each node takes, in a random order, the label that weighs most among its neighbours.
    private static func labels(_ call: FixedRuleCall) throws(ScriptError) {
        let isUndirected = try call.flag("undirected", false)
        let rounds = try call.natural("max_iter", 10, from: 1)
        let graph = try OrderedGraph(call, bothWays: isUndirected, allowsNegative: true)
        var labels = Array(0..<graph.count)
        var order = labels
        for _ in 0..<rounds {
            for place in order.indices.reversed() {
                order.swapAt(place, Int(call.context.number(below: UInt64(place + 1))))
            }
            var isChanged = false
            for node in order {
                try call.watch.tick()
                var scores: [Int: Float] = [:]
                for edge in graph.edges(of: node) {
                    scores[labels[graph.targets[edge]], default: 0] += graph.weights[edge]
                }
                guard let best = scores.values.max() else { continue }
                let candidates = scores.filter { $0.value == best }.keys.sorted()
                let label = candidates[Int(call.context.number(below: UInt64(candidates.count)))]
                if label != labels[node] {
                    labels[node] = label
                    isChanged = true
                }
            }
            guard isChanged else { break }
        }
        for (node, label) in labels.enumerated() { call.put([.int(Int64(label)), graph.nodes[node]]) }
    }

    private static func louvain(_ call: FixedRuleCall) throws(ScriptError) {
        let isUndirected = try call.flag("undirected", false)
        let rounds = try call.natural("max_iter", 10, from: 1)
        let delta = Float(try call.unit("delta", 0.0001))
        let depth = try? call.natural("keep_depth", .max, from: 0)
        let graph = try OrderedGraph(call, bothWays: isUndirected, allowsNegative: false)
        var levels: [[Int]] = []
        var current = graph
        while current.count > 2 {
            var level = CommunityLevel(current)
            let communities = try level.settle(rounds: rounds, delta: delta, call.watch)
            let coarser = level.merged(communities)
            guard coarser.count < current.count else { break }
            levels.append(communities)
            current = coarser
        }
        for (number, node) in graph.nodes.enumerated() {
            var labels: [Datum] = []
            var place = number
            for level in levels {
                place = level[place]
                labels.append(.int(Int64(place)))
            }
            call.put([.list(Array(labels.reversed().prefix(depth ?? .max))), node])
        }
    }
}

/// One level of Louvain's method: nodes move to the community where they add most to the modularity.
private struct CommunityLevel {
    private let graph: OrderedGraph
    private let sources: [[(node: Int, weight: Float)]]
    private var outWeights: [Float]
    private var inWeights: [Float]
    private var total: Float = 0
    private var community: [Int]
    private var outSums: [Float]
    private var inSums: [Float]

    init(_ graph: OrderedGraph) {
        self.graph = graph
        outWeights = Array(repeating: 0, count: graph.count)
        inWeights = outWeights
        var sources = [[(node: Int, weight: Float)]](repeating: [], count: graph.count)
        for node in 0..<graph.count {
            var last = -1
            for edge in graph.edges(of: node) {
                let target = graph.targets[edge]
                total += graph.weights[edge]
                outWeights[node] += graph.weights[edge]
                inWeights[target] += graph.weights[edge]
                // Of edges that run alongside, the reference counts the first.
                if target != last { sources[target].append((node, graph.weights[edge])) }
                last = target
            }
        }
        self.sources = sources
        community = Array(0..<graph.count)
        outSums = outWeights
        inSums = inWeights
    }

    /// The community of each node, numbered in the order of the nodes.
    mutating func settle(rounds: Int, delta: Float, _ watch: BudgetWatch) throws(ScriptError) -> [Int] {
        var last = -Float.infinity
        for _ in 0..<rounds {
            let now = modularity()
            guard now > last + delta else { break }
            last = now
            var isMoved = false
            for node in 0..<graph.count {
                try watch.tick()
                if move(node) { isMoved = true }
            }
            guard isMoved else { break }
        }
        var numbers: [Int: Int] = [:]
        return community.map { old in
            if let known = numbers[old] { return known }
            numbers[old] = numbers.count
            return numbers.count - 1
        }
    }

    private func modularity() -> Float {
        var within: Double = 0
        for node in 0..<graph.count {
            for edge in graph.edges(of: node) where community[graph.targets[edge]] == community[node] {
                within += Double(graph.weights[edge])
            }
        }
        let expected = outSums.indices.reduce(0) { $0 + Double(inSums[$1]) * Double(outSums[$1]) / Double(total) }
        return Float((within - expected) / Double(total))
    }

    private mutating func move(_ node: Int) -> Bool {
        var links: [Int: Float] = [:]
        var last = -1
        for edge in graph.edges(of: node) {
            let target = graph.targets[edge]
            if target != node, target != last { links[community[target], default: 0] += graph.weights[edge] }
            last = target
        }
        for (source, weight) in sources[node] where source != node { links[community[source], default: 0] += weight }
        let own = community[node]
        let held = gain(node, own, links)
        var best = own
        var bestGain: Float = 0
        var seen: Set<Int> = [own]
        for edge in graph.edges(of: node) {
            let other = community[graph.targets[edge]]
            guard seen.insert(other).inserted else { continue }
            let gain = gain(node, other, links) - held
            if gain > bestGain { (best, bestGain) = (other, gain) }
        }
        guard best != own else { return false }
        community[node] = best
        outSums[own] -= outWeights[node]
        inSums[own] -= inWeights[node]
        outSums[best] += outWeights[node]
        inSums[best] += inWeights[node]
        return true
    }

    private func gain(_ node: Int, _ target: Int, _ links: [Int: Float]) -> Float {
        let isOwn = community[node] == target
        let out = outSums[target] - (isOwn ? outWeights[node] : 0)
        let into = inSums[target] - (isOwn ? inWeights[node] : 0)
        return (links[target] ?? 0) - (out * inWeights[node] + into * outWeights[node]) / total
    }

    /// The graph whose nodes are the communities.
    func merged(_ communities: [Int]) -> OrderedGraph {
        var sums: [[Int: Float]] = Array(repeating: [:], count: (communities.max() ?? -1) + 1)
        for node in 0..<graph.count {
            for edge in graph.edges(of: node) {
                sums[communities[node]][communities[graph.targets[edge]], default: 0] += graph.weights[edge]
            }
        }
        let edges = sums.enumerated().flatMap { from, targets in
            targets.sorted { $0.key < $1.key }.map { OrderedGraph.Edge(from: from, to: $0.key, weight: $0.value) }
        }
        return OrderedGraph(count: sums.count, edges)
    }
}
