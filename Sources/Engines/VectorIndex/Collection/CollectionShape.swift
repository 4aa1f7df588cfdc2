/// What a collection keeps of its points, and how.
package struct CollectionShape: Sendable, Hashable {
    /// A named vector of a point; the name may be empty.
    package struct Vector: Sendable, Hashable {
        package let metric: Metric
        /// Numbers, or bits for the Hamming metric.
        package let dimension: Int

        package init(metric: Metric, dimension: Int) {
            self.metric = metric
            self.dimension = dimension
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

    package init(
        vectors: [String: Vector],
        fields: [Field] = [],
        graph: GraphShape = GraphShape(),
        openLimit: Int = 4096,
        graphLeast: Int = 2048
    ) {
        self.vectors = vectors
        self.fields = fields
        self.graph = graph
        self.openLimit = openLimit
        self.graphLeast = graphLeast
    }
}
