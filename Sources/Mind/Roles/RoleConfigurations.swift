/// How each of the four roles is set up when its engine stands outside.
package struct RoleConfigurations: Sendable, Hashable {
    package var sensoryCortex = QdrantConfig()
    package var prefrontalCortex = CozoConfig()
    package var longTermMemory = LanceConfig()
    package var epistemicAuditor = DuckConfig()

    package init() {}
}

/// Where the sensory cortex finds Qdrant, and the shape of what it keeps there.
package struct QdrantConfig: Sendable, Hashable {
    package var url = "http://localhost:6333"
    package var collectionName = "symthaea_perception"
    /// Bits of a hypervector.
    package var vectorSize = 2048
    package var distanceMetric = DistanceMetric.cosine

    package enum DistanceMetric: String, Sendable, Hashable, CaseIterable {
        case cosine = "Cosine"
        case euclid = "Euclid"
        case dot = "Dot"
        case manhattan = "Manhattan"
    }

    package init() {}
}

/// Where the prefrontal cortex keeps its facts.
package struct CozoConfig: Sendable, Hashable {
    package var path = "./data/cozo.db"
    package var engine = StorageEngine.rocksdb

    package enum StorageEngine: String, Sendable, Hashable, CaseIterable { case rocksdb, sqlite, mem }

    package init() {}
}

/// Where long-term memory keeps its episodes.
package struct LanceConfig: Sendable, Hashable {
    package var path = "./data/lance_memory"
    /// How many versions stay readable; nil keeps all.
    package var maxVersions: Int?

    package init() {}
}

/// Where the epistemic auditor keeps its measurements.
package struct DuckConfig: Sendable, Hashable {
    package enum Access: Sendable, Hashable { case readWrite, readOnly }

    package var path = "./data/duck_analytics.db"
    package var access = Access.readWrite

    package init() {}
}
