internal import CKernels

/// Rows linked to near rows, in layers: what is near a query is found in a few hundred steps, whatever their number
/// (HNSW; Malkov and Yashunin, 2016).
///
/// The graph depends on the rows, their numbers and the order of the calls only: not on threads, not on the
/// machine, since distances are the same bits everywhere. Nodes are added (`insert`), taken out (`remove`) and
/// added again under their number without making it anew. One thread changes it while none reads; any number
/// search.
package final class Graph: Sendable {
    package let shape: GraphShape
    package let measure: Measure
    package let rows: Rows
    /// Layer 0: `2 · degree` places a node.
    let ground: Block
    /// The layers above: blocks of `degree` places.
    let upper: Block
    /// The first upper block of each node.
    let blocks: Block
    /// The top layer of each node.
    let levels: Block
    private let extent: Extent

    /// What changes as the graph grows; touched by the one thread that changes the graph.
    private final class Extent: @unchecked Sendable {
        var count = 0
        var upperBlocks = 0
        var entry: Int?
    }

    package init(_ rows: Rows, measure: Measure, shape: GraphShape = GraphShape(), capacity: Int = 0) {
        precondition(rows.element == measure.element, "rows hold what is measured")
        self.rows = rows
        self.measure = measure
        self.shape = shape
        ground = Block(byteCount: capacity * shape.degree * 8)
        upper = Block(byteCount: capacity * 8)
        blocks = Block(byteCount: capacity * 4)
        levels = Block(byteCount: capacity)
        extent = Extent()
    }

    /// A graph that lies in blocks already.
    init(_ rows: Rows, measure: Measure, shape: GraphShape, parts: Parts) {
        self.rows = rows
        self.measure = measure
        self.shape = shape
        ground = parts.ground
        upper = parts.upper
        blocks = parts.blocks
        levels = parts.levels
        extent = Extent()
        extent.count = parts.count
        extent.upperBlocks = parts.upperBlocks
        extent.entry = parts.entry
    }

    /// What a graph consists of besides its rows.
    struct Parts {
        let ground: Block
        let upper: Block
        let blocks: Block
        let levels: Block
        let count: Int
        let upperBlocks: Int
        let entry: Int?
    }

    /// Numbers of nodes are below this.
    package var count: Int { extent.count }
    var upperBlocks: Int { extent.upperBlocks }
    /// Where walks begin; nil in an empty graph.
    var entry: Int? {
        get { extent.entry }
        set { extent.entry = newValue }
    }

    var groundDegree: Int { shape.degree * 2 }

    /// How much memory the links take.
    package var byteCount: Int { ground.byteCount + upper.byteCount + blocks.byteCount + levels.byteCount }

    @unsafe var kernel: prima_graph {
        unsafe prima_graph(
            rows: UnsafePointer(rows.block.base.assumingMemoryBound(to: UInt8.self)),
            stride: rows.stride,
            extent: rows.extent,
            ground: ground.base.assumingMemoryBound(to: UInt32.self),
            upper: upper.base.assumingMemoryBound(to: UInt32.self),
            blocks: UnsafePointer(blocks.base.assumingMemoryBound(to: UInt32.self)),
            levels: UnsafePointer(levels.base.assumingMemoryBound(to: UInt8.self)),
            ground_degree: UInt32(groundDegree),
            degree: UInt32(shape.degree),
            count: UInt32(count),
            entry: entry.map(UInt32.init) ?? UInt32.max
        )
    }

    /// The nearest rows to a padded query, at most `breadth`, nearest first.
    ///
    /// With `allowed` only such rows are walked over and found; `seeds` are some of them to begin at.
    package func search(
        _ query: borrowing RawSpan,
        breadth: Int,
        allowed: Bitmap? = nil,
        seeds: [UInt32] = [],
        scratch: GraphScratch
    ) -> [Neighbour] {
        precondition(query.byteCount == rows.stride, "a query is padded as a row")
        precondition(count * rows.stride <= rows.block.byteCount, "every node has a row")
        precondition(allowed.map { $0.bound >= count } ?? true, "every node is allowed or not")
        var graph = unsafe kernel
        var walk = unsafe scratch.kernel(count: count, breadth: breadth, degree: groundDegree)
        let functions = unsafe measure.functions
        let found = unsafe query.withUnsafeBytes { query in
            unsafe seeds.withUnsafeBufferPointer { seeds in
                unsafe Self.withWords(of: allowed) { allowed in
                    unsafe prima_graph_search(
                        &graph,
                        functions,
                        query.baseAddress,
                        breadth,
                        allowed,
                        seeds.baseAddress,
                        seeds.count,
                        &walk,
                        &scratch.effort
                    )
                }
            }
        }
        return scratch.found(found)
    }

    private static func withWords(of set: Bitmap?, _ body: (UnsafePointer<UInt64>?) -> Int) -> Int {
        guard let set else { return body(nil) }
        return unsafe set.words.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }

    /// Room for nodes up to `bound`; new ones stand as high as the shape says, and have no links.
    func extend(to bound: Int) {
        guard bound > count else { return }
        precondition(bound < 1 << 31, "the number of a node takes 31 bits")
        ground.reserve(bound * groundDegree * 4)
        blocks.reserve(bound * 4)
        levels.reserve(bound)
        ground.fill(count * groundDegree * 4..<bound * groundDegree * 4, with: 0xff)
        let firstBlock = extent.upperBlocks
        for number in count..<bound {
            let level = shape.level(of: number)
            levels.setByte(number, to: UInt8(level))
            blocks.setNumber(number, to: UInt32(extent.upperBlocks))
            extent.upperBlocks += level
        }
        upper.reserve(extent.upperBlocks * shape.degree * 4)
        upper.fill(firstBlock * shape.degree * 4..<extent.upperBlocks * shape.degree * 4, with: 0xff)
        extent.count = bound
    }
}

extension Graph {
    /// Every link, for those who compare graphs.
    package var links: [UInt8] {
        ground.copy(0..<count * groundDegree * 4) + upper.copy(0..<upperBlocks * shape.degree * 4)
    }
}
