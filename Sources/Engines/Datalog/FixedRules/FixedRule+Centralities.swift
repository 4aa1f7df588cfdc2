// How much in the middle a node is, and how close its neighbours are to each other.
extension FixedRule {
    static let middles: [FixedRule] = [
        FixedRule("ClosenessCentrality", .fixed(2)) { call throws(ScriptError) in try closeness(call) },
        FixedRule("BetweennessCentrality", .fixed(2)) { call throws(ScriptError) in try betweenness(call) },
        FixedRule("ClusteringCoefficients", .fixed(4)) { call throws(ScriptError) in try clustering(call) },
    ]

    private static func closeness(_ call: FixedRuleCall) throws(ScriptError) {
        let isUndirected = try call.flag("undirected", false)
        let graph = try OrderedGraph(call, bothWays: isUndirected, allowsNegative: false)
        for node in 0..<graph.count {
            try call.watch.check()
            let finite = graph.costs(from: node).costs.filter(\.isFinite)
            let reached = Float(finite.count)
            let value = reached * reached / finite.reduce(0, +) / Float(graph.count - 1)
            call.put([graph.nodes[node], .float(Double(value))])
        }
    }

    /// Ways are counted, not listed (Brandes): each share is what the reference finds by listing every shortest way.
    private static func betweenness(_ call: FixedRuleCall) throws(ScriptError) {
        let isUndirected = try call.flag("undirected", false)
        let graph = try OrderedGraph(call, bothWays: isUndirected, allowsNegative: false)
        var totals = [Double](repeating: 0, count: graph.count)
        for start in 0..<graph.count {
            try call.watch.check()
            let costs = graph.costs(from: start).costs
            let order = costs.indices.filter { costs[$0].isFinite }.sorted { costs[$0] < costs[$1] }
            var ways = [Double](repeating: 0, count: graph.count)
            var shares = ways
            ways[start] = 1
            for node in order {
                for edge in graph.edges(of: node) where isShortest(graph, edge, costs, from: node) {
                    ways[graph.targets[edge]] += ways[node]
                }
            }
            for node in order.reversed() {
                for edge in graph.edges(of: node) where isShortest(graph, edge, costs, from: node) {
                    let target = graph.targets[edge]
                    shares[node] += ways[node] / ways[target] * (1 + shares[target])
                }
                if node != start { totals[node] += shares[node] }
            }
        }
        for (node, total) in totals.enumerated() { call.put([graph.nodes[node], .float(Double(Float(total)))]) }
    }

    private static func isShortest(_ graph: OrderedGraph, _ edge: Int, _ costs: [Float], from node: Int) -> Bool {
        let target = graph.targets[edge]
        return costs[node] < costs[target] && costs[node] + graph.weights[edge] == costs[target]
    }

    private static func clustering(_ call: FixedRuleCall) throws(ScriptError) {
        let graph = try OrderedGraph(call, bothWays: true, allowsNegative: true, isWeighted: false)
        var times = [Int](repeating: 0, count: graph.count)
        for node in 0..<graph.count {
            try call.watch.tick()
            let neighbours = graph.targets[graph.edges(of: node)]
            let degree = neighbours.count
            guard degree >= 2 else {
                call.put([graph.nodes[node], 0.0, 0, .int(Int64(degree))])
                continue
            }
            for neighbour in neighbours { times[neighbour] += 1 }
            var triangles = 0
            for neighbour in neighbours {
                var last = -1
                for other in graph.targets[graph.edges(of: neighbour)] where other < neighbour && other != last {
                    triangles += times[other]
                    last = other
                }
            }
            for neighbour in neighbours { times[neighbour] = 0 }
            let share = 2 * Double(triangles) / (Double(degree) * (Double(degree) - 1))
            call.put([graph.nodes[node], .float(share), .int(Int64(triangles)), .int(Int64(degree))])
        }
    }
}
