// Components, orders and centralities.
extension FixedRule {
    static let components: [FixedRule] = [
        FixedRule("ConnectedComponents", .fixed(2)) { call throws(ScriptError) in try components(call, bothWays: true)
        },
        FixedRule("StronglyConnectedComponents", .fixed(2)) { call throws(ScriptError) in
            try components(call, bothWays: false)
        },
        FixedRule("SCC", .fixed(2)) { call throws(ScriptError) in try components(call, bothWays: false) },
        FixedRule("TopSort", .fixed(2)) { call throws(ScriptError) in try order(call) },
    ]

    /// Numbers the components; nodes of the second input that no edge has are components of their own.
    private static func components(_ call: FixedRuleCall, bothWays: Bool) throws(ScriptError) {
        let graph = try Graph(call, bothWays: false, order: bothWays ? .sorted : .sortedThroughout)
        let count = bothWays ? connected(graph, call) : stronglyConnected(graph, call)
        guard call.inputCount > 1 else { return }
        var next = Int64(count)
        var seen: Set<Datum> = []
        for row in try call.input(1) where graph.number(row[0]) == nil && seen.insert(row[0]).inserted {
            call.put([row[0], .int(next)])
            next += 1
        }
    }

    private static func stronglyConnected(_ graph: Graph, _ call: FixedRuleCall) -> Int {
        var search = ComponentSearch(graph.edges)
        let found = search.componentsAsMet()
        for (number, component) in found.enumerated() {
            for node in component { call.put(graph.codes[node], .int(Int64(number))) }
        }
        return found.count
    }

    /// Without a search: edges unite sets, and sets are numbered by their first nodes.
    private static func connected(_ graph: Graph, _ call: FixedRuleCall) -> Int {
        var sets = DisjointSets(count: graph.count)
        for node in 0..<graph.count {
            for edge in graph.edges.edges(of: node) { _ = sets.unite(node, graph.edges.target(edge)) }
        }
        var numbers = [Int](repeating: -1, count: graph.count)
        var count = 0
        for node in 0..<graph.count {
            let root = sets.find(node)
            if numbers[root] < 0 {
                numbers[root] = count
                count += 1
            }
            call.put(graph.codes[node], .int(Int64(numbers[root])))
        }
        return count
    }

    /// An order in which every edge goes forwards; what lies on a cycle is left out.
    private static func order(_ call: FixedRuleCall) throws(ScriptError) {
        let graph = try Graph(call, bothWays: false, order: .sortedThroughout)
        var incoming = [Int](repeating: 0, count: graph.count)
        for node in 0..<graph.count {
            for edge in graph.edges.edges(of: node) { incoming[graph.edges.target(edge)] += 1 }
        }
        var ready = incoming.indices.filter { incoming[$0] == 0 }
        var place: Int64 = 0
        while let node = ready.popLast() {
            call.put([.int(place), graph.node(node)])
            place += 1
            for edge in graph.edges.edges(of: node) {
                let target = graph.edges.target(edge)
                incoming[target] -= 1
                if incoming[target] == 0 { ready.append(target) }
            }
        }
    }

    static let centralities: [FixedRule] = [
        FixedRule("DegreeCentrality", .fixed(4)) { call throws(ScriptError) in
            var degrees: [Datum: (out: Int64, into: Int64)] = [:]
            for row in try call.input(0) {
                guard row.count >= 2 else {
                    throw ScriptError(.notAnEdge, "The relation cannot be interpreted as an edge", at: call.call.span)
                }
                degrees[row[0], default: (0, 0)].out += 1
                degrees[row[1], default: (0, 0)].into += 1
            }
            if call.inputCount > 1 {
                for row in try call.input(1) where degrees[row[0]] == nil { degrees[row[0]] = (0, 0) }
            }
            for (node, degree) in degrees {
                call.put([node, .int(degree.out + degree.into), .int(degree.out), .int(degree.into)])
            }
        },
        FixedRule("PageRank", .fixed(2)) { call throws(ScriptError) in try ranks(call) },
    ]

    /// Power iteration without a share for nodes that lead nowhere; each node sees the new ranks of those before it, as
    /// the reference has it.
    private static func ranks(_ call: FixedRuleCall) throws(ScriptError) {
        let damping = try call.unit("theta", 0.85)
        let tolerance = try call.unit("epsilon", 0.0001)
        let rounds = try call.natural("iterations", 10, from: 1)
        let graph = try Graph(call, bothWays: try call.flag("undirected", false), order: .sorted)
        let incoming = graph.edges.reversed()
        let count = Double(graph.count)
        var scores = [Double](repeating: 1 / count, count: graph.count)
        let parts = (0..<graph.count).map { 1 / Double(graph.edges.edges(of: $0).count) }
        var shares = parts.map { $0 / count }
        for _ in 0..<rounds {
            try call.watch.check()
            let change = incoming.spread(&scores, &shares, parts, damping, base: (1 - damping) / count)
            if change < tolerance { break }
        }
        for (node, score) in scores.enumerated() { call.put(graph.codes[node], .float(score)) }
    }
}
