// Searches and shortest paths: with queues and heaps, never by recursion.
extension FixedRule {
    static let paths: [FixedRule] = [
        FixedRule("ShortestPathBFS", .fixed(3)) { call throws(ScriptError) in try pathsByEdges(call) },
        FixedRule("ShortestPathDijkstra", .fixed(4)) { call throws(ScriptError) in try pathsByWeight(call) },
        FixedRule("BreadthFirstSearch", .fixed(3)) { call throws(ScriptError) in try search(call) },
        FixedRule("BFS", .fixed(3)) { call throws(ScriptError) in try search(call) },
    ]

    private static func route(_ parents: [Int], _ graph: Graph, from start: Int, to end: Int) -> Datum {
        var route = [graph.node(end)]
        var node = end
        while node != start {
            node = parents[node]
            route.append(graph.node(node))
        }
        return .list(route.reversed())
    }

    private static func pathsByEdges(_ call: FixedRuleCall) throws(ScriptError) {
        let graph = try Graph(call, bothWays: false)
        let starts = try call.input(1).map { $0[0] }
        let ends = Datum.sortedUnique(try call.input(2).map { $0[0] })
        for start in starts {
            try call.watch.check()
            var parents = [Int](repeating: -1, count: graph.count)
            let first = graph.number(start)
            var queue = first.map { [$0] } ?? []
            if let first { parents[first] = first }
            var next = 0
            while next < queue.count {
                let node = queue[next]
                next += 1
                for edge in graph.edges.edges(of: node) where parents[graph.edges.target(edge)] < 0 {
                    parents[graph.edges.target(edge)] = node
                    queue.append(graph.edges.target(edge))
                }
            }
            for end in ends {
                guard let first, let number = graph.number(end), number != first, parents[number] >= 0 else {
                    call.put([start, end, .null])
                    continue
                }
                call.put([start, end, route(parents, graph, from: first, to: number)])
            }
        }
    }

    private static func pathsByWeight(_ call: FixedRuleCall) throws(ScriptError) {
        if try call.flag("keep_ties", false) { return try tiedPaths(call) }
        let graph = try Graph(call, bothWays: try call.flag("undirected", false), isWeighted: true)
        let starts = Set(try call.input(1).compactMap { graph.number($0[0]) }).sorted()
        var ends: Set<Int>?
        if call.inputCount > 2 { ends = Set(try call.input(2).compactMap { graph.number($0[0]) }) }
        for start in starts {
            try call.watch.check()
            let (costs, parents) = distances(graph, start)
            for node in (ends?.sorted() ?? Array(0..<graph.count)) {
                let isFound = costs[node].isFinite
                if !isFound, ends == nil { continue }
                let path = isFound ? route(parents, graph, from: start, to: node) : .list([])
                call.put([graph.node(start), graph.node(node), .float(costs[node]), path])
            }
        }
    }

    /// Every way of the least cost, one row each.
    private static func tiedPaths(_ call: FixedRuleCall) throws(ScriptError) {
        let isUndirected = try call.flag("undirected", false)
        let graph = try OrderedGraph(call, bothWays: isUndirected, allowsNegative: false)
        let starts = Set(try call.input(1).compactMap { graph.number(of: $0[0]) }).sorted()
        var ends = Array(0..<graph.count)
        if call.inputCount > 2 { ends = Set(try call.input(2).compactMap { graph.number(of: $0[0]) }).sorted() }
        for start in starts {
            let costs = graph.costs(from: start).costs
            var parents = [[Int]](repeating: [], count: graph.count)
            for node in 0..<graph.count where costs[node].isFinite {
                for edge in graph.edges(of: node) {
                    let target = graph.targets[edge]
                    let isShortest = costs[node] + graph.weights[edge] == costs[target]
                    if isShortest, costs[node] < costs[target] { parents[target].append(node) }
                }
            }
            for end in ends {
                let cost = Datum.float(Double(costs[end]))
                guard costs[end].isFinite else {
                    call.put([graph.nodes[start], graph.nodes[end], cost, .list([])])
                    continue
                }
                // Each entry is a way that leads to the end, from its first node on.
                var open = [[end]]
                while let way = open.popLast() {
                    try call.watch.tick()
                    if let first = way.last, first != start {
                        for parent in parents[first] { open.append(way + [parent]) }
                    } else {
                        call.put([graph.nodes[start], graph.nodes[end], cost, graph.names(way.reversed())])
                    }
                }
            }
        }
    }

    private static func distances(_ graph: Graph, _ start: Int) -> (costs: [Double], parents: [Int]) {
        var costs = [Double](repeating: .infinity, count: graph.count)
        var parents = [Int](repeating: -1, count: graph.count)
        var heap = Heap<(cost: Double, node: Int)> { $0.cost < $1.cost }
        costs[start] = 0
        heap.push((0, start))
        while let (cost, node) = heap.pop() {
            guard cost <= costs[node] else { continue }
            for edge in graph.edges.edges(of: node) {
                let target = graph.edges.target(edge)
                let next = Double(Float(cost) + Float(graph.weight(edge)))
                guard next < costs[target] else { continue }
                costs[target] = next
                parents[target] = node
                heap.push((next, target))
            }
        }
        return (costs, parents)
    }

    /// Finds nodes for which a condition holds, from each starting node in breadth.
    private static func search(_ call: FixedRuleCall) throws(ScriptError) {
        let graph = try Graph(call, bothWays: false)
        let nodes = try call.input(1)
        let starts = call.inputCount > 2 ? try call.input(2) : nodes
        let limit = try call.natural("limit", 1, from: 1)
        guard let condition = call.call.options["condition"] else {
            throw ScriptError(
                .fixedRuleOption,
                "Cannot find a required named option 'condition' for '\(call.call.rule.name)'",
                at: call.call.span
            )
        }
        var rows: [Datum: [Datum]] = [:]
        for row in nodes where rows[row[0]] == nil { rows[row[0]] = row }
        let bindings = call.call.inputs[1].bindings
        var parents = [Int](repeating: -1, count: graph.count)
        var found = 0
        for row in starts {
            guard let first = graph.number(row[0]), parents[first] < 0 else { continue }
            parents[first] = first
            var queue = [first]
            var next = 0
            while next < queue.count {
                let node = queue[next]
                next += 1
                for edge in graph.edges.edges(of: node) where parents[graph.edges.target(edge)] < 0 {
                    let number = graph.edges.target(edge)
                    parents[number] = node
                    queue.append(number)
                    let target = graph.node(number)
                    let known = rows[target] ?? [target]
                    let value = try condition.evaluated(in: call.context) { name throws(ScriptError) in
                        guard let place = bindings.firstIndex(of: name), place < known.count else {
                            throw ScriptError(.unboundVariable, "unbound variable '\(name)'", at: name.span)
                        }
                        return known[place]
                    }
                    guard value == true else { continue }
                    call.put([row[0], target, route(parents, graph, from: first, to: number)])
                    found += 1
                    if found >= limit { return }
                }
            }
        }
    }

    static let utilities: [FixedRule] = [
        FixedRule("ReorderSort", .listed) { call throws(ScriptError) in try reorder(call) }
    ]

    private static func reorder(_ call: FixedRuleCall) throws(ScriptError) {
        guard let out = call.call.options["out"] else {
            throw ScriptError(.fixedRuleOption, "option 'out' not provided", at: call.call.span)
        }
        let bindings = call.call.inputs.first?.bindings ?? []
        let isDescending = try call.flag("descending", false)
        let breaksTies = try call.flag("break_ties", false)
        let skip = try call.natural("skip", 0, from: 0)
        let take = try call.natural("take", 0, from: 0)
        var rows: [(key: Datum, row: [Datum])] = []
        for row in try call.input(0) {
            func value(_ expression: Expression) throws(ScriptError) -> Datum {
                try expression.evaluated(in: call.context) { name throws(ScriptError) in
                    guard let place = bindings.firstIndex(of: name) else {
                        throw ScriptError(.unboundVariable, "unbound variable '\(name)'", at: name.span)
                    }
                    return row[place]
                }
            }
            let key = try call.call.options["sort_by"].map(value) ?? .null
            guard case .list(let shown) = try value(out) else {
                throw ScriptError(.fixedRuleOptionWrong, "option 'out' must be a list", at: call.call.span)
            }
            rows.append((key, shown))
        }
        rows.sort { isDescending ? $1.key < $0.key : $0.key < $1.key }
        var rank = 0
        for (place, item) in rows.enumerated() {
            if place == 0 || rows[place - 1].key != item.key { rank = place + 1 }
            if take > 0, place >= take + skip { break }
            if place < skip { continue }
            call.put([.int(Int64(breaksTies ? place + 1 : rank))] + item.row)
        }
    }
}
