internal import CKernels

extension Rows {
    /// The nearest of the first `count` rows to a padded query, at most `breadth`, nearest first: every row, or
    /// every allowed row, is read once.
    package func nearest(
        to query: borrowing RawSpan,
        by measure: Measure,
        count: Int,
        breadth: Int,
        allowed: Bitmap? = nil,
        scratch: GraphScratch
    ) -> [Neighbour] {
        precondition(query.byteCount == stride && element == measure.element, "a query is padded as a row")
        precondition(count * stride <= block.byteCount && count < 1 << 31, "every row lies in the block")
        precondition(allowed.map { $0.bound >= count } ?? true, "every row is allowed or not")
        let breadth = Swift.min(breadth, count)
        var walk = unsafe scratch.kernel(count: count, breadth: breadth, degree: 0)
        var graph = unsafe prima_graph()
        unsafe graph.rows = UnsafePointer(block.base.assumingMemoryBound(to: UInt8.self))
        unsafe graph.stride = stride
        unsafe graph.extent = extent
        unsafe graph.count = UInt32(count)
        let functions = unsafe measure.functions
        let found = unsafe query.withUnsafeBytes { query in
            guard let allowed else {
                return unsafe prima_rows_nearest(&graph, functions, query.baseAddress, breadth, nil, &walk)
            }
            return unsafe allowed.words.withUnsafeBufferPointer {
                unsafe prima_rows_nearest(&graph, functions, query.baseAddress, breadth, $0.baseAddress, &walk)
            }
        }
        return scratch.found(found)
    }

    /// The distances from a padded query to some rows.
    func distances(from query: borrowing RawSpan, to numbers: [UInt32], by measure: Measure) -> [Float] {
        precondition(query.byteCount == stride && element == measure.element, "a query is padded as a row")
        let bound = block.byteCount / stride
        precondition(numbers.allSatisfy { $0 < bound }, "every row lies in the block")
        let functions = unsafe measure.functions
        return unsafe query.withUnsafeBytes { query in
            unsafe numbers.withUnsafeBufferPointer { numbers in
                unsafe [Float](unsafeUninitializedCapacity: numbers.count) { buffer, initialized in
                    unsafe functions.pointee.gather(
                        query.baseAddress,
                        UnsafePointer(block.base.assumingMemoryBound(to: UInt8.self)),
                        stride,
                        extent,
                        numbers.baseAddress,
                        numbers.count,
                        buffer.baseAddress
                    )
                    initialized = numbers.count
                }
            }
        }
    }
}
