internal import Basics

extension CollectionShape {
    /// What the manifest says of it.
    var document: Value {
        var seed: [UInt8] = []
        seed.append(littleEndian: graph.seed)
        let named = vectors.map { name, vector -> (String, Value) in
            let parts: Value = [
                "metric": .text(vector.metric.rawValue), "dimension": .integer(Int64(vector.dimension)),
                "quantization": .text(vector.quantization.rawValue),
            ]
            return (name, parts)
        }
        return [
            "vectors": .map(Fields(unique: named)),
            "fields": .array(fields.map { ["path": $0.path.document, "kind": .text($0.kind.rawValue)] }),
            "degree": .integer(Int64(graph.degree)), "breadth": .integer(Int64(graph.breadth)), "seed": .bytes(seed),
            "openLimit": .integer(Int64(openLimit)), "graphLeast": .integer(Int64(graphLeast)),
            "storeLeast": .integer(Int64(storeLeast)), "segmentMost": .integer(Int64(segmentMost)),
        ]
    }

    /// Nil when the document is none.
    init?(document: Value) {
        guard case .map(let parts) = document, case .map(let named)? = parts["vectors"],
            case .array(let listed)? = parts["fields"], let degree = parts.count("degree"),
            let breadth = parts.count("breadth"), (2...128).contains(degree), breadth >= degree,
            case .bytes(let seed)? = parts["seed"], seed.count == 8, let openLimit = parts.count("openLimit"),
            openLimit > 0, let graphLeast = parts.count("graphLeast"), let storeLeast = parts.count("storeLeast"),
            let segmentMost = parts.count("segmentMost")
        else { return nil }
        var vectors: [String: Vector] = [:]
        for (name, value) in named {
            guard case .map(let vector) = value, case .text(let text)? = vector["metric"],
                let metric = Metric(rawValue: text), let dimension = vector.count("dimension"), dimension > 0,
                case .text(let kind)? = vector["quantization"], let quantization = Quantizer.Kind(rawValue: kind)
            else { return nil }
            vectors[name] = Vector(metric: metric, dimension: dimension, quantization: quantization)
        }
        var fields: [Field] = []
        for case .map(let field) in listed {
            guard let path = field["path"].flatMap(PayloadPath.init(document:)), case .text(let text)? = field["kind"],
                let kind = FieldIndex.Kind(rawValue: text)
            else { return nil }
            fields.append(Field(path: path, kind: kind))
        }
        self.init(
            vectors: vectors,
            fields: fields,
            graph: GraphShape(degree: degree, breadth: breadth, seed: seed.integer(at: 0)),
            openLimit: openLimit,
            graphLeast: graphLeast,
            storeLeast: storeLeast,
            segmentMost: segmentMost
        )
    }
}

extension PayloadPath {
    /// Its steps: a text for a key, a number for an index, null for every element.
    var document: Value {
        .array(
            steps.map { step in
                switch step {
                case .key(let key): .text(key)
                case .index(let index): .integer(Int64(Swift.min(index, 1 << 31)))
                case .all: .null
                }
            }
        )
    }

    /// Nil when the document is none.
    init?(document: Value) {
        guard case .array(let listed) = document else { return nil }
        self.init(
            steps: listed.map { step in
                switch step {
                case .text(let key): .key(key)
                case .integer(let index): .index(Int(index))
                default: .all
                }
            }
        )
    }
}
