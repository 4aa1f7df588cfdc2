// Walks that look for something: in depth, by a guess, by chance; and the next best ways.
extension FixedRule {
    static let walks: [FixedRule] = [
        FixedRule("DepthFirstSearch", .fixed(3)) { call throws(ScriptError) in try searchInDepth(call) },
        FixedRule("DFS", .fixed(3)) { call throws(ScriptError) in try searchInDepth(call) },
        FixedRule("ShortestPathAStar", .fixed(4)) { call throws(ScriptError) in try pathsByGuess(call) },
        FixedRule("KShortestPathYen", .fixed(4)) { call throws(ScriptError) in try nextBestPaths(call) },
        FixedRule("RandomWalk", .fixed(3)) { call throws(ScriptError) in try wander(call) },
    ]

    /// The edges of an input by their first column, in order.
    private static func edges(_ call: FixedRuleCall) throws(ScriptError) -> [Datum: [[Datum]]] {
        var edges: [Datum: [[Datum]]] = [:]
        for row in try call.input(0) {
            guard row.count >= 2 else {
                throw ScriptError(
                    .fixedRuleInputArity,
                    "Input relation to algorithm has insufficient arity",
                    at: call.call.span,
                    remedy: "Arity should be at least 2 but is \(row.count)"
                )
            }
            edges[row[0], default: []].append(row)
        }
        return edges
    }

    /// The first row of each node.
    private static func nodes(_ call: FixedRuleCall) throws(ScriptError) -> [Datum: [Datum]] {
        var nodes: [Datum: [Datum]] = [:]
        for row in try call.input(1) where nodes[row[0]] == nil { nodes[row[0]] = row }
        return nodes
    }

    private static func missing(_ node: Datum, _ call: FixedRuleCall) -> ScriptError {
        ScriptError(.nodeUnknown, "Required node with key \(node.shown) not found", at: call.call.span)
    }

    private static func searchInDepth(_ call: FixedRuleCall) throws(ScriptError) {
        let edges = try edges(call)
        let nodes = try nodes(call)
        let starts = call.inputCount > 2 ? try call.input(2) : try call.input(1)
        let limit = try call.natural("limit", 1, from: 1)
        let condition = try call.expression("condition")
        let bindings = call.call.inputs[1].bindings
        // A condition on the node alone needs no row of it.
        let needsRows = !condition.variables.allSatisfy { bindings.first == $0 }
        var visited: Set<Datum> = []
        var parents: [Datum: Datum] = [:]
        var found: [(start: Datum, end: Datum)] = []
        search: for start in starts.map({ $0[0] }) where !visited.contains(start) {
            var stack = [start]
            while let node = stack.popLast() {
                guard !visited.contains(node) else { continue }
                try call.watch.tick()
                var row = [node]
                if needsRows {
                    guard let known = nodes[node] else { throw missing(node, call) }
                    row = known
                }
                if try call.holds(condition, bindings, row) {
                    found.append((start, node))
                    if found.count >= limit { break search }
                }
                visited.insert(node)
                for edge in edges[node] ?? [] where !visited.contains(edge[1]) {
                    parents[edge[1]] = node
                    stack.append(edge[1])
                }
            }
        }
        for (start, end) in found {
            var way = [end]
            while let last = way.last, last != start, let parent = parents[last] { way.append(parent) }
            call.put([start, end, .list(way.reversed())])
        }
    }

    private static func pathsByGuess(_ call: FixedRuleCall) throws(ScriptError) {
        let edges = try edges(call)
        let nodes = try nodes(call)
        let starts = try call.input(2)
        let goals = try call.input(3)
        let heuristic = try call.expression("heuristic")
        let bindings = call.call.inputs[1].bindings + call.call.inputs[3].bindings
        for start in starts.map({ $0[0] }) {
            for goal in goals {
                let (cost, way) = try path(from: start, to: goal, edges, nodes, call) { row throws(ScriptError) in
                    let guess = try call.value(heuristic, bindings, row + goal)
                    guard let number = guess.number, !number.isNaN else {
                        throw ScriptError(
                            .valueRefused,
                            "The value \(guess.shown) is not acceptable: a number is required",
                            at: heuristic.span
                        )
                    }
                    return number
                }
                call.put([start, goal[0], .float(cost), .list(way)])
            }
        }
    }

    private static func path(
        from start: Datum,
        to goal: [Datum],
        _ edges: [Datum: [[Datum]]],
        _ nodes: [Datum: [Datum]],
        _ call: FixedRuleCall,
        _ guess: ([Datum]) throws(ScriptError) -> Double
    ) throws(ScriptError) -> (Double, [Datum]) {
        var parents: [Datum: Datum] = [:]
        var costs: [Datum: Double] = [start: 0]
        // At a tie what came last goes first; an entry that another has replaced is passed over.
        var heap = Heap<(cost: Double, age: Int, node: Datum)> { ($0.cost, $1.age) < ($1.cost, $0.age) }
        var newest: [Datum: Int] = [start: 0]
        var age = 0
        heap.push((0, 0, start))
        while let (cost, entry, node) = heap.pop() {
            guard newest[node] == entry else { continue }
            newest[node] = nil
            try call.watch.tick()
            if node == goal[0] {
                var way = [node]
                while let last = way.last, last != start, let parent = parents[last] { way.append(parent) }
                return (cost, way.reversed())
            }
            for edge in edges[node] ?? [] {
                let target = edge[1]
                guard let length = edge.count > 2 ? edge[2].number : 1, !length.isNaN else {
                    throw ScriptError(
                        .valueRefused,
                        "The value \(target.shown) is not acceptable: edge cost must be a number",
                        at: call.call.span
                    )
                }
                let next = (costs[node] ?? .infinity) + length
                guard next < costs[target] ?? .infinity else { continue }
                parents[target] = node
                costs[target] = next
                guard let row = nodes[target] else { throw missing(target, call) }
                age += 1
                newest[target] = age
                heap.push((next + (try guess(row)), age, target))
            }
        }
        return (.infinity, [])
    }

    private static func nextBestPaths(_ call: FixedRuleCall) throws(ScriptError) {
        let starts = try call.input(1)
        let ends = try call.input(2)
        let isUndirected = try call.flag("undirected", false)
        guard try call.option("k") != nil else { throw call.missingOption("k") }
        let wanted = try call.natural("k", 1, from: 1)
        let graph = try OrderedGraph(call, bothWays: isUndirected, allowsNegative: false)
        let goals = Set(ends.compactMap { graph.number(of: $0[0]) }).sorted()
        for start in Set(starts.compactMap { graph.number(of: $0[0]) }).sorted() {
            for goal in goals {
                for (cost, way) in try paths(wanted, graph, from: start, to: goal, call.watch) {
                    call.put([graph.nodes[start], graph.nodes[goal], .float(Double(cost)), graph.names(way)])
                }
            }
        }
    }

    private static func best(
        _ graph: OrderedGraph,
        _ start: Int,
        _ goal: Int,
        _ nodes: Set<Int> = [],
        _ edges: Set<[Int]> = []
    ) -> (cost: Float, way: [Int]) {
        let (costs, parents) = graph.costs(from: start, to: goal, without: nodes, edges)
        guard costs[goal].isFinite else { return (.infinity, []) }
        return (costs[goal], OrderedGraph.way(parents, from: start, to: goal))
    }

    /// The cheapest ways, each leaving one of those before it somewhere (Yen).
    private static func paths(
        _ wanted: Int,
        _ graph: OrderedGraph,
        from start: Int,
        to goal: Int,
        _ watch: BudgetWatch
    ) throws(ScriptError) -> [(cost: Float, way: [Int])] {
        var found = [best(graph, start, goal)]
        var candidates: [(cost: Float, way: [Int])] = []
        for _ in 1..<max(wanted, 1) {
            guard let last = found.last?.way, !last.isEmpty else { return [] }
            for place in 0..<(last.count - 1) {
                try watch.check()
                let root = Array(last[...place])
                var closed: Set<[Int]> = []
                for (_, way) in found where way.count > root.count && Array(way[...place]) == root {
                    closed.insert([way[place], way[place + 1]])
                }
                let (cost, rest) = best(graph, last[place], goal, Set(last[..<place]), closed)
                var total = cost
                for (here, there) in zip(root, root.dropFirst()) {
                    let edge = graph.edges(of: here).first { graph.targets[$0] == there }
                    total += edge.map { graph.weights[$0] } ?? 0
                }
                let way = root.dropLast() + rest
                if candidates.allSatisfy({ $0.way != Array(way) }) { candidates.append((total, Array(way))) }
            }
            guard !candidates.isEmpty else { break }
            // The cheapest; of those that cost the same the one that came last.
            var next = 0
            for place in candidates.indices where candidates[place].cost <= candidates[next].cost { next = place }
            let shortest = candidates.remove(at: next)
            if shortest.cost.isFinite { found.append(shortest) }
        }
        return found
    }

    private static func wander(_ call: FixedRuleCall) throws(ScriptError) {
        let edges = try edges(call)
        let nodes = try nodes(call)
        let starts = try call.input(2)
        let times = try call.natural("iterations", 1, from: 1)
        guard try call.option("steps") != nil else { throw call.missingOption("steps") }
        let steps = try call.natural("steps", 1, from: 1)
        let weight = call.call.options["weight"]
        let bindings = call.call.inputs[1].bindings + call.call.inputs[0].bindings
        var number: Int64 = 0
        for start in starts.map({ $0[0] }) {
            guard let first = nodes[start] else { throw missing(start, call) }
            for _ in 0..<times {
                number += 1
                var here = first
                var way = [start]
                for _ in 0..<steps {
                    try call.watch.tick()
                    guard let choices = edges[here[0]], !choices.isEmpty else { break }
                    var chosen = 0
                    if let weight {
                        chosen = try weighed(choices, here, weight, bindings, call)
                    } else {
                        chosen = Int(call.context.number(below: UInt64(choices.count)))
                    }
                    way.append(choices[chosen][1])
                    guard let row = nodes[choices[chosen][1]] else { throw missing(choices[chosen][1], call) }
                    here = row
                }
                call.put([.int(number), start, .list(way)])
            }
        }
    }

    /// Chooses by weights.
    private static func weighed(
        _ choices: [[Datum]],
        _ here: [Datum],
        _ weight: Expression,
        _ bindings: [Name],
        _ call: FixedRuleCall
    ) throws(ScriptError) -> Int {
        var weights: [Double] = []
        for choice in choices {
            let value = try call.value(weight, bindings, here + choice)
            guard let number = value.number, number >= 0 else {
                throw ScriptError(
                    .valueRefused,
                    "The value \(value.shown) is not acceptable: 'weight' must evaluate to a non-negative number",
                    at: weight.span
                )
            }
            weights.append(number)
        }
        var rest = call.context.randomUnit() * weights.reduce(0, +)
        for (place, weight) in weights.enumerated() where weight > 0 {
            rest -= weight
            if rest < 0 { return place }
        }
        return weights.lastIndex { $0 > 0 } ?? 0
    }
}
