/// A directed graph over the nodes of an input, numbered in the order of their first mention.
struct Graph {
    /// Which edges come first, and so which nodes are numbered first.
    enum Order {
        case asGiven
        /// Edges by value: nodes are numbered in the order of their first mention.
        case sorted
        /// Besides, the edges of a node by the numbers of their targets.
        case sortedThroughout
    }

    /// The codes of the nodes.
    let codes: CodeBuffer
    let edges: Adjacency
    /// The weight of each edge, in the order of `edges`; nil when the input has none.
    private let weights: [Double]?
    private let numbers: RowSet
    private let window: CodeWindow?
    /// The numbers of the codes of the window.
    private let table: CodeBuffer
    private let interner: Interner

    /// Reads edges `[from, to, weight?]`; each also backwards when `bothWays`.
    init(
        _ call: FixedRuleCall,
        bothWays: Bool,
        allowsNegative: Bool = false,
        isWeighted: Bool = false,
        order: Order = .asGiven
    ) throws(ScriptError) {
        let (columns, count) = order == .asGiven ? try call.columns(0) : try call.sortedEdges()
        guard columns.count >= 2 || count == 0 else {
            throw ScriptError(.notAnEdge, "The relation cannot be interpreted as an edge", at: call.call.span)
        }
        let codes = CodeBuffer()
        let numbers = RowSet()
        // Close codes are numbered by a table, others by a hash.
        let window = count == 0 ? nil : Graph.window(columns)
        let table = CodeBuffer(repeating: .max, count: window?.count ?? 0)
        func number(_ code: Code) -> Int {
            if let window {
                let offset = Int(code &- window.low)
                if table[offset] == .max {
                    table[offset] = UInt32(truncatingIfNeeded: codes.count)
                    codes.append(code)
                }
                return Int(table[offset])
            }
            let next = codes.count
            let found = numbers.findOrInsert(next, hash: Codes.scattered(code)) { codes[$0] == code }
            if found == next { codes.append(code) }
            return found
        }
        var from: [Int32] = []
        var to: [Int32] = []
        from.reserveCapacity(count)
        to.reserveCapacity(count)
        for row in 0..<count {
            from.append(Int32(truncatingIfNeeded: number(columns[0][row])))
            to.append(Int32(truncatingIfNeeded: number(columns[1][row])))
        }
        var weights: [Double]?
        if isWeighted, columns.count > 2 {
            var read: [Double] = []
            for row in 0..<count {
                read.append(try Self.weight(call.interner.decode(columns[2][row]), call, allowsNegative))
            }
            weights = read
        }
        if bothWays {
            (from, to) = (from + to, to + from)
            weights = weights.map { $0 + $0 }
        }
        let (edges, places) = Adjacency.made(from, to, nodes: codes.count)
        self.codes = codes
        self.window = window
        self.table = table
        self.numbers = numbers
        self.edges = order == .sortedThroughout ? edges.withOrderedTargets() : edges
        self.weights = weights.map { weights in places.map { weights[Int($0)] } }
        interner = call.interner
    }

    static func weight(
        _ value: Datum,
        _ call: FixedRuleCall,
        _ allowsNegative: Bool
    ) throws(ScriptError) -> Double {
        guard let number = value.number, number.isFinite, number >= 0 || allowsNegative else {
            throw ScriptError(
                .badEdgeWeight,
                "The value \(value.shown) at the third position in the relation cannot be "
                    + "interpreted as edge weights",
                at: call.call.span
            )
        }
        return Double(Float(number))
    }

    /// The codes of both ends, when they lie close together.
    private static func window(_ columns: [CodeBuffer]) -> CodeWindow? {
        guard let from = columns[0].bounds(), let to = columns[1].bounds() else { return nil }
        let window = CodeWindow(from).union(CodeWindow(to))
        return window.count <= max(1024, columns[0].count * 8) ? window : nil
    }

    var count: Int { codes.count }

    func node(_ number: Int) -> Datum { interner.decode(codes[number]) }

    /// The number of a node; nil when no edge has it.
    func number(_ node: Datum) -> Int? {
        let code = interner.encode(node)
        if let window {
            guard window.contains(code), table[Int(code &- window.low)] != .max else { return nil }
            return Int(table[Int(code &- window.low)])
        }
        return numbers.find(Codes.scattered(code)) { codes[$0] == code }
    }

    func weight(_ edge: Int) -> Double { weights?[edge] ?? 1 }
}

/// The edges of numbered nodes, those of each node together.
struct Adjacency {
    private let offsets: [Int32]
    private let targets: [Int32]

    /// The adjacency, and for each of its edges which of the given ones it is.
    static func made(_ from: [Int32], _ to: [Int32], nodes: Int) -> (Adjacency, order: [Int32]) {
        var offsets = [Int32](repeating: 0, count: nodes + 1)
        for node in from { offsets[Int(node) + 1] += 1 }
        for node in 0..<nodes { offsets[node + 1] += offsets[node] }
        var cursor = offsets
        var targets = [Int32](repeating: 0, count: to.count)
        var order = targets
        for edge in from.indices {
            let place = Int(cursor[Int(from[edge])])
            cursor[Int(from[edge])] += 1
            targets[place] = to[edge]
            order[place] = Int32(truncatingIfNeeded: edge)
        }
        return (Adjacency(offsets: offsets, targets: targets), order)
    }

    /// The same edges, those of each node in the order of their targets.
    func withOrderedTargets() -> Adjacency {
        var ordered = targets
        for node in 0..<nodeCount {
            let places = edges(of: node)
            if places.count > 1 { ordered[places].sort() }
        }
        return Adjacency(offsets: offsets, targets: ordered)
    }

    /// A round of PageRank over edges that lead backwards; returns how much the scores changed in all.
    ///
    /// Each node is asked for the shares of those that lead to it, a million times a round: nobody checks bounds here,
    /// which hold since every target is a node.
    func spread(
        _ scores: inout [Double],
        _ shares: inout [Double],
        _ parts: [Double],
        _ damping: Double,
        base: Double
    ) -> Double {
        precondition(scores.count == nodeCount && shares.count == nodeCount && parts.count == nodeCount, "one per node")
        var change = 0.0
        unsafe targets.withUnsafeBufferPointer { targets in
            unsafe shares.withUnsafeMutableBufferPointer { shares in
                var edge = 0
                for node in scores.indices {
                    let end = Int(offsets[node + 1])
                    var sum = 0.0
                    while edge < end {
                        unsafe sum += shares[Int(targets[edge])]
                        edge &+= 1
                    }
                    let score = base + damping * sum
                    change += (score - scores[node]).magnitude
                    scores[node] = score
                    unsafe shares[node] = score * parts[node]
                }
            }
        }
        return change
    }

    /// Every edge the other way round.
    func reversed() -> Adjacency {
        var sources: [Int32] = []
        sources.reserveCapacity(targets.count)
        for node in 0..<nodeCount {
            for _ in edges(of: node) { sources.append(Int32(truncatingIfNeeded: node)) }
        }
        return Self.made(targets, sources, nodes: nodeCount).0
    }

    private init(offsets: [Int32], targets: [Int32]) {
        self.offsets = offsets
        self.targets = targets
    }

    /// The adjacency of lists of targets.
    init(_ lists: [[Int]]) {
        var offsets: [Int32] = [0]
        var targets: [Int32] = []
        for list in lists {
            for target in list { targets.append(Int32(target)) }
            offsets.append(Int32(targets.count))
        }
        self.init(offsets: offsets, targets: targets)
    }

    var nodeCount: Int { offsets.count - 1 }

    /// The places of a node's edges.
    func edges(of node: Int) -> Range<Int> { Int(offsets[node])..<Int(offsets[node + 1]) }

    func target(_ edge: Int) -> Int { Int(targets[edge]) }
}
