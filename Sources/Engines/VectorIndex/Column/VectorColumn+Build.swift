internal import Basics

extension VectorColumn {
    /// The same rows with an index over the first `count` of them.
    package func indexed(
        count: Int,
        shape: GraphShape = GraphShape(),
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
        let quantizer = ScalarQuantizer(of: rows, count: count, metric: metric)
        let bytes = Rows(.byte, dimension: dimension, capacity: count)
        for number in 0..<count {
            let encoded = quantizer.encode(rows.floats(number))
            bytes.set(number, to: encoded.raw)
        }
        let graph = Graph(bytes, measure: metric.byteMeasure, shape: shape, capacity: count)
        graph.insert(Array(0..<count), workers: workers)
        return VectorColumn(
            metric: metric,
            dimension: dimension,
            rows: rows,
            index: Index(quantizer: quantizer, graph: graph)
        )
    }
}
