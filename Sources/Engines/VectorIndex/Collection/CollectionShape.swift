/// What a collection keeps of its points, and how.
package struct CollectionShape: Sendable, Hashable {
    /// A named vector of a point; the name may be empty.
    package struct Vector: Sendable, Hashable {
        package let metric: Metric
        /// Numbers, or bits for the Hamming metric.
        package let dimension: Int
        /// What graphs are built over; bits are their own.
        package let quantization: Quantizer.Kind

        package init(metric: Metric, dimension: Int, quantization: Quantizer.Kind = .bytes) {
            self.metric = metric
            self.dimension = dimension
            self.quantization = quantization
        }
    }

    package struct Field: Sendable, Hashable {
        package let path: PayloadPath
        package let kind: FieldIndex.Kind

        package init(path: PayloadPath, kind: FieldIndex.Kind) {
            self.path = path
            self.kind = kind
        }
    }

    package var vectors: [String: Vector]
    /// The fields of payloads that have an index.
    package var fields: [Field]
    package var graph: GraphShape
    /// How many points are scanned as they come before they become a segment of their own.
    package var openLimit: Int
    /// Segments with fewer points have no graph: a scan is quicker.
    package var graphLeast: Int
    /// A store writes the points that came since the last time when they are this many.
    package var storeLeast: Int
    /// Segments are not merged to more points than this: what building one takes in memory is bounded.
    package var segmentMost: Int

    package init(
        vectors: [String: Vector],
        fields: [Field] = [],
        graph: GraphShape = GraphShape(),
        openLimit: Int = 1024,
        graphLeast: Int = 2048,
        storeLeast: Int = 4096,
        segmentMost: Int = 1 << 21
    ) {
        self.vectors = vectors
        self.fields = fields
        self.graph = graph
        self.openLimit = openLimit
        self.graphLeast = graphLeast
        self.storeLeast = storeLeast
        self.segmentMost = segmentMost
    }
}
