internal import Basics

extension VectorColumn {
    /// The same rows with an index over the first `count` of them.
    package func indexed(
        count: Int,
        shape: GraphShape = GraphShape(),
        quantization: Quantizer.Kind = .bytes,
        workers: some Workers = OneWorker()
    ) -> VectorColumn {
        guard rows.element == .float else {
            let graph = Graph(rows, measure: metric.measure, shape: shape, capacity: count)
            graph.insert(Array(0..<count), workers: workers)
            return VectorColumn(
                metric: metric,
                dimension: dimension,
                rows: rows,
                index: Index(quantizer: nil, graph: graph)
            )
        }
        let quantizer = Quantizer(quantization, of: rows, count: count, metric: metric)
        let encoded = Rows(quantizer.element, dimension: dimension, capacity: count)
        for number in 0..<count {
            let row = quantizer.encode(rows.floats(number))
            encoded.set(number, to: row.raw)
        }
        let graph = Graph(encoded, measure: quantizer.measure(metric), shape: shape, capacity: count)
        graph.insert(Array(0..<count), workers: workers)
        return VectorColumn(
            metric: metric,
            dimension: dimension,
            rows: rows,
            index: Index(quantizer: quantizer, graph: graph)
        )
    }
}
