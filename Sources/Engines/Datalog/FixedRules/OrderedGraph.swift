/// A directed graph as most algorithms of the reference see it: nodes in the order of their first mention in the sorted
/// rows, the edges of a node in the order of their targets, weights in single precision.
struct OrderedGraph {
    private(set) var nodes: [Datum] = []
    private var numbers: [Datum: Int] = [:]
    private var offsets: [Int] = []
    private(set) var targets: [Int] = []
    private(set) var weights: [Float] = []

    /// Reads edges `[from, to, weight?]`.
    init(_ call: FixedRuleCall, bothWays: Bool, allowsNegative: Bool, isWeighted: Bool = true) throws(ScriptError) {
        var edges: [Edge] = []
        for row in try call.input(0) {
            guard row.count >= 2 else {
                throw ScriptError(.notAnEdge, "The relation cannot be interpreted as an edge", at: call.call.span)
            }
            let from = number(row[0])
            let to = number(row[1])
            let weight = isWeighted && row.count > 2 ? try Graph.weight(row[2], call, allowsNegative) : 1
            edges.append(Edge(from: from, to: to, weight: Float(weight)))
            if bothWays { edges.append(Edge(from: to, to: from, weight: Float(weight))) }
        }
        arrange(edges)
    }

    /// A graph of so many nodes without names.
    init(count: Int, _ edges: [Edge]) {
        nodes = Array(repeating: .null, count: count)
        arrange(edges)
    }

    struct Edge {
        let from: Int
        let to: Int
        let weight: Float
    }

    private mutating func number(_ node: Datum) -> Int {
        if let known = numbers[node] { return known }
        numbers[node] = nodes.count
        nodes.append(node)
        return nodes.count - 1
    }

    private mutating func arrange(_ edges: [Edge]) {
        offsets = Array(repeating: 0, count: nodes.count + 1)
        for edge in edges { offsets[edge.from + 1] += 1 }
        for node in nodes.indices { offsets[node + 1] += offsets[node] }
        // By target, then by place, so that equal edges keep their order.
        let order = edges.indices.sorted { one, other in
            (edges[one].from, edges[one].to, one) < (edges[other].from, edges[other].to, other)
        }
        targets = order.map { edges[$0].to }
        weights = order.map { edges[$0].weight }
    }

    var count: Int { nodes.count }

    func number(of node: Datum) -> Int? { numbers[node] }

    /// The places of a node's edges in `targets` and `weights`.
    func edges(of node: Int) -> Range<Int> { offsets[node]..<offsets[node + 1] }

    /// The least costs from a node, in single precision; nothing goes through what is forbidden.
    func costs(
        from start: Int,
        to goal: Int? = nil,
        without nodes: Set<Int> = [],
        _ edges: Set<[Int]> = []
    ) -> (costs: [Float], parents: [Int]) {
        var costs = [Float](repeating: .infinity, count: count)
        var parents = [Int](repeating: -1, count: count)
        var heap = Heap<(cost: Float, node: Int)> { $0.cost < $1.cost }
        costs[start] = 0
        heap.push((0, start))
        while let (cost, node) = heap.pop() {
            guard cost <= costs[node] else { continue }
            for place in self.edges(of: node) {
                let target = targets[place]
                let next = cost + weights[place]
                guard next < costs[target], !nodes.contains(target), !edges.contains([node, target]) else { continue }
                costs[target] = next
                parents[target] = node
                heap.push((next, target))
            }
            if node == goal { break }
        }
        return (costs, parents)
    }

    /// The way that `parents` tell, as numbers.
    static func way(_ parents: [Int], from start: Int, to end: Int) -> [Int] {
        var way = [end]
        var node = end
        while node != start {
            node = parents[node]
            way.append(node)
        }
        return way.reversed()
    }

    func names(_ way: [Int]) -> Datum { .list(way.map { nodes[$0] }) }
}

/// A binary heap: what comes first by `precedes` is popped first.
struct Heap<Element> {
    private var items: [Element] = []
    private let precedes: (Element, Element) -> Bool

    init(_ precedes: @escaping (Element, Element) -> Bool) { self.precedes = precedes }

    mutating func push(_ item: Element) {
        items.append(item)
        var place = items.count - 1
        while place > 0, precedes(items[place], items[(place - 1) / 2]) {
            items.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func pop() -> Element? {
        guard let top = items.first, let last = items.popLast() else { return nil }
        guard !items.isEmpty else { return top }
        items[0] = last
        var place = 0
        while place * 2 + 1 < items.count {
            var child = place * 2 + 1
            if child + 1 < items.count, precedes(items[child + 1], items[child]) { child += 1 }
            guard precedes(items[child], items[place]) else { break }
            items.swapAt(place, child)
            place = child
        }
        return top
    }
}
