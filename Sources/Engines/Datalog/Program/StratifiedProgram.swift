/// A program in the order of its evaluation: each stratum needs only those before it.
struct StratifiedProgram: Sendable {
    let program: Program
    let strata: [Stratum]

    /// Predicates that need each other, or one alone.
    struct Stratum: Sendable {
        let predicates: [Int]
        /// True when a predicate needs itself, perhaps by way of others.
        let isRecursive: Bool
    }

    /// Orders what the entry needs; what it does not need is left out.
    init(_ program: Program) throws(ScriptError) {
        self.program = program
        let edges = program.predicates.map(Self.edges)
        var search = ComponentSearch(Adjacency(edges.map { $0.map(\.target) }))
        let components = search.components(from: program.entry)
        var strata: [Stratum] = []
        for component in components {
            let members = Set(component)
            let isRecursive = component.contains { number in edges[number].contains { members.contains($0.target) } }
            if isRecursive { try Self.check(component, members, edges, program) }
            strata.append(Stratum(predicates: component.sorted(), isRecursive: isRecursive))
        }
        self.strata = strata
    }

    private struct Edge {
        let target: Int
        /// Why the target must be finished first; nil when it need not.
        let barrier: String?
        let span: Span
    }

    private static func edges(of predicate: Predicate) -> [Edge] {
        switch predicate.definition {
        case .rows: return []
        case .fixed(let call):
            return call.inputs.compactMap { input in
                guard case .predicate(let target) = input.source else { return nil }
                return Edge(target: target, barrier: "an algorithm", span: input.span)
            }
        case .clauses(let clauses, _):
            return clauses.flatMap { clause in
                clause.literals.compactMap { literal in
                    guard case .predicate(let target, _, let isNegated, let span) = literal else { return nil }
                    return Edge(target: target, barrier: isNegated ? "a negation" : nil, span: span)
                }
            }
        }
    }

    /// Inside a recursion there is no negation, no algorithm, and no aggregate but a meet over its own rule.
    private static func check(
        _ component: [Int],
        _ members: Set<Int>,
        _ edges: [[Edge]],
        _ program: Program
    ) throws(ScriptError) {
        for number in component {
            let predicate = program.predicates[number]
            for edge in edges[number] where members.contains(edge.target) {
                var barrier = edge.barrier
                let target = program.predicates[edge.target]
                if predicate.hasAggregates, !(predicate.isMeet && edge.target == number) {
                    barrier = barrier ?? "an aggregate that is no meet over its own rule"
                }
                if target.isMeet, edge.target != number { barrier = barrier ?? "an aggregate of another rule" }
                guard let barrier else { continue }
                let names = component.map { program.predicates[$0].name }.sorted()
                throw ScriptError(
                    .unstratifiable,
                    "Query is unstratifiable",
                    at: edge.span,
                    remedy: "The rule '\(target.name)' is in the recursion of \(names.joined(separator: ", ")) "
                        + "and goes through \(barrier) there: break the cycle"
                )
            }
        }
    }
}

extension StratifiedProgram: CustomStringConvertible {
    var description: String {
        strata.enumerated().map { index, stratum in
            let names = stratum.predicates.map { program.predicates[$0].name }.joined(separator: ", ")
            return "stratum \(index)\(stratum.isRecursive ? " (recursive)" : ""): \(names)"
        }.joined(separator: "\n")
    }
}

/// Finds strongly connected components, those without needs first (Tarjan, without recursion).
struct ComponentSearch {
    private let edges: Adjacency
    private var index: [Int]
    private var low: [Int]
    private var isOnStack: [Bool]
    private var stack: [Int] = []
    private var next = 0
    private var found: [[Int]] = []

    init(_ edges: Adjacency) {
        self.edges = edges
        index = Array(repeating: -1, count: edges.nodeCount)
        low = index
        isOnStack = Array(repeating: false, count: edges.nodeCount)
    }

    /// The components that can be reached from a node.
    mutating func components(from start: Int) -> [[Int]] {
        visit(start)
        return found
    }

    /// All components.
    mutating func components() -> [[Int]] {
        for node in index.indices where index[node] < 0 { visit(node) }
        return found
    }

    /// All components, in the order in which a search in depth meets the first node of each.
    mutating func componentsAsMet() -> [[Int]] {
        _ = components()
        // The node that was met first closes its component, as the last one.
        return found.sorted { index[$0[$0.count - 1]] < index[$1[$1.count - 1]] }
    }

    private mutating func visit(_ start: Int) {
        var path: [(node: Int, edge: Int)] = [(start, edges.edges(of: start).lowerBound)]
        open(start)
        while let (node, edge) = path.last {
            if edge < edges.edges(of: node).upperBound {
                path[path.count - 1].edge += 1
                let target = edges.target(edge)
                if index[target] < 0 {
                    open(target)
                    path.append((target, edges.edges(of: target).lowerBound))
                } else if isOnStack[target] {
                    low[node] = min(low[node], index[target])
                }
                continue
            }
            path.removeLast()
            if let parent = path.last { low[parent.node] = min(low[parent.node], low[node]) }
            if low[node] == index[node] { close(node) }
        }
    }

    private mutating func open(_ node: Int) {
        index[node] = next
        low[node] = next
        next += 1
        stack.append(node)
        isOnStack[node] = true
    }

    private mutating func close(_ node: Int) {
        var component: [Int] = []
        while let member = stack.popLast() {
            isOnStack[member] = false
            component.append(member)
            if member == node { break }
        }
        found.append(component)
    }
}
