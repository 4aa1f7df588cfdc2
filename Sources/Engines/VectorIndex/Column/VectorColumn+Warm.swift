internal import Basics

extension VectorColumn {
    /// What a walk touches: the links, and the rows that they lead over.
    var hotBytes: Int {
        index.map { $0.graph.isMapped ? $0.graph.byteCount + $0.graph.count * $0.graph.rows.stride : 0 } ?? 0
    }

    /// The same column with that in memory of its own, on large pages; the numbers stay where they are.
    func warmed() -> VectorColumn {
        guard let index, index.graph.isMapped else { return self }
        return VectorColumn(
            metric: metric,
            dimension: dimension,
            rows: rows,
            index: Index(quantizer: index.quantizer, graph: index.graph.warmed())
        )
    }
}

extension Graph {
    fileprivate var isMapped: Bool { ground.isMapped }

    fileprivate func warmed() -> Graph {
        Graph(
            Rows(rows.element, dimension: rows.dimension, in: Block(copying: rows.block)),
            measure: measure,
            shape: shape,
            parts: Parts(
                ground: Block(copying: ground),
                upper: Block(copying: upper),
                blocks: Block(copying: blocks),
                levels: Block(copying: levels),
                count: count,
                upperBlocks: upperBlocks,
                entry: entry
            )
        )
    }
}

extension VectorCollection {
    /// Takes what walks touch out of mapped files into memory, the largest segments first, at most so many bytes.
    ///
    /// A mapped file stands on small pages, whose places a walk looks up at nearly every step: in memory it is about
    /// half as long. Nothing else changes.
    package mutating func warm(upTo bytes: Int) {
        var left = bytes
        for index in parts.indices.sorted(by: { parts[$0].segment.count > parts[$1].segment.count }) {
            let segment = parts[index].segment
            let hot = segment.columns.values.reduce(0) { $0 + $1.hotBytes }
            guard hot > 0, hot <= left else { continue }
            left -= hot
            parts[index].segment = segment.warmed()
        }
    }
}
