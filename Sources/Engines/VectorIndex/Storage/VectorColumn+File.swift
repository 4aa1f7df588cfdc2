internal import Basics

extension VectorColumn {
    convenience init(
        _ reader: SegmentReader,
        _ prefix: String,
        _ vector: CollectionShape.Vector,
        _ count: Int
    ) throws(SegmentFault) {
        let element: Rows.Element = vector.metric == .hamming ? .bit : .float
        let stride = Rows(element, dimension: vector.dimension).stride
        let block = try reader.block(prefix + "rows", atLeast: count * stride)
        let rows = Rows(element, dimension: vector.dimension, in: block)
        var index: Index?
        if case .map(let graph)? = reader.description[prefix + "graph"] {
            index = try Index(reader, prefix, vector, rows, count, graph)
        }
        self.init(metric: vector.metric, dimension: vector.dimension, rows: rows, index: index)
    }
}

extension VectorColumn.Index {
    func write<Failure: Error>(
        _ prefix: String,
        count: Int,
        to writer: inout SegmentWriter<Failure>
    ) throws(Failure) {
        if let quantizer {
            try writer.part(prefix + "bytes", graph.rows.block, byteCount: count * graph.rows.stride)
            let numbers = quantizer.numbers
            try writer.part(prefix + "centre", numbers.raw)
        }
        try writer.part(prefix + "ground", graph.ground, byteCount: graph.count * graph.groundDegree * 4)
        try writer.part(prefix + "upper", graph.upper, byteCount: graph.upperBlocks * graph.shape.degree * 4)
        try writer.part(prefix + "blocks", graph.blocks, byteCount: graph.count * 4)
        try writer.part(prefix + "levels", graph.levels, byteCount: graph.count)
        var seed: [UInt8] = []
        seed.append(littleEndian: graph.shape.seed)
        let fields: Value = [
            "degree": .integer(Int64(graph.shape.degree)), "breadth": .integer(Int64(graph.shape.breadth)),
            "seed": .bytes(seed), "count": .integer(Int64(graph.count)),
            "over": .text((quantizer?.kind ?? .bits).rawValue), "upper": .integer(Int64(graph.upperBlocks)),
            "entry": graph.entry.map { .integer(Int64($0)) } ?? .null,
        ]
        writer.note(prefix + "graph", fields)
    }

    fileprivate init(
        _ reader: SegmentReader,
        _ prefix: String,
        _ vector: CollectionShape.Vector,
        _ rows: Rows,
        _ rowCount: Int,
        _ fields: Fields
    ) throws(SegmentFault) {
        guard let degree = fields.count("degree"), (2...128).contains(degree), let breadth = fields.count("breadth"),
            breadth >= degree, let count = fields.count("count"), count <= rowCount, let upper = fields.count("upper"),
            case .bytes(let seed)? = fields["seed"], seed.count == 8
        else { throw .contradictory("graph") }
        let entry = fields.count("entry")
        guard entry.map({ $0 < count }) ?? true else { throw .contradictory("graph") }
        let parts = Graph.Parts(
            ground: try reader.block(prefix + "ground", atLeast: count * degree * 8),
            upper: try reader.block(prefix + "upper", atLeast: upper * degree * 4),
            blocks: try reader.block(prefix + "blocks", atLeast: count * 4),
            levels: try reader.block(prefix + "levels", atLeast: count),
            count: count,
            upperBlocks: upper,
            entry: entry
        )
        guard parts.isSound else { throw .contradictory("graph") }
        let shape = GraphShape(degree: degree, breadth: breadth, seed: seed.integer(at: 0))
        guard vector.metric != .hamming else {
            self.init(quantizer: nil, graph: Graph(rows, measure: .bits, shape: shape, parts: parts))
            return
        }
        guard case .text(let text)? = fields["over"], let kind = Quantizer.Kind(rawValue: text) else {
            throw .contradictory("graph")
        }
        let numbers = try reader.block(prefix + "centre", atLeast: (vector.dimension + 1) * 4)
            .floats(at: 0, count: vector.dimension + 1)
        let quantizer = Quantizer(kind, numbers)
        let stride = Rows(quantizer.element, dimension: vector.dimension).stride
        let block = try reader.block(prefix + "bytes", atLeast: rowCount * stride)
        self.init(
            quantizer: quantizer,
            graph: Graph(
                Rows(quantizer.element, dimension: vector.dimension, in: block),
                measure: quantizer.measure(vector.metric),
                shape: shape,
                parts: parts
            )
        )
    }
}

extension Quantizer {
    fileprivate var kind: Kind {
        switch self {
        case .bytes: .bytes
        case .bits: .bits
        }
    }

    /// The centre, then the scale.
    fileprivate var numbers: [Float] {
        switch self {
        case .bytes(let scalar): scalar.centre + [scalar.scale]
        case .bits(let centre): centre + [1]
        }
    }

    fileprivate init(_ kind: Kind, _ numbers: [Float]) {
        let centre = Array(numbers.dropLast())
        switch kind {
        case .bytes: self = .bytes(ScalarQuantizer(centre: centre, scale: numbers.last ?? 1))
        case .bits: self = .bits(centre: centre)
        }
    }
}

extension Graph.Parts {
    /// Whether every node's upper blocks lie inside: what a walk relies on.
    ///
    /// Links it checks itself.
    fileprivate var isSound: Bool {
        for number in 0..<count {
            let level = Int(levels.byte(number))
            guard level == 0 || Int(blocks.number(number)) + level <= upperBlocks else { return false }
        }
        return true
    }
}
