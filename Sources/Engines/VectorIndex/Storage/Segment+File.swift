internal import Basics

extension Segment {
    /// Writes the segment as one file, piece by piece in order.
    package func write<Failure: Error>(
        to sink: @escaping (borrowing RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        var writer = SegmentWriter(sink: sink)
        var vectors: [(String, Value)] = []
        for (name, column) in columns.sorted(by: { $0.key.byteOrder($1.key) < 0 }) {
            let prefix = "vector/\(name)/"
            try writer.part(prefix + "rows", column.rows.bytes(count))
            try writer.part(prefix + "present", (present[name] ?? Bitmap(bound: count)).bytes)
            var fields = Fields()
            if let index = column.index {
                fields["graph"] = try write(index, prefix, &writer)
            }
            vectors.append((name, .map(fields)))
        }
        var ids: [UInt8] = []
        for id in table.ids { id.append(to: &ids) }
        try writer.part("ids", ids)
        var payloads = CBORWriter()
        for payload in table.payloads { payloads.value(payload) }
        try writer.part("payloads", payloads.bytes)
        try writer.finish(["count": .integer(Int64(count)), "vectors": .map(Fields(unique: vectors))])
    }

    private func write<Failure: Error>(
        _ index: VectorColumn.Index,
        _ prefix: String,
        _ writer: inout SegmentWriter<Failure>
    ) throws(Failure) -> Value {
        let graph = index.graph
        if let quantizer = index.quantizer {
            try writer.part(prefix + "bytes", graph.rows.bytes(count))
            try writer.part(prefix + "centre", quantizer.bytes)
        }
        try writer.part(prefix + "ground", graph.ground.copy(0..<graph.count * graph.groundDegree * 4))
        try writer.part(prefix + "upper", graph.upper.copy(0..<graph.upperBlocks * graph.shape.degree * 4))
        try writer.part(prefix + "blocks", graph.blocks.copy(0..<graph.count * 4))
        try writer.part(prefix + "levels", graph.levels.copy(0..<graph.count))
        var seed: [UInt8] = []
        seed.append(littleEndian: graph.shape.seed)
        return [
            "degree": .integer(Int64(graph.shape.degree)), "breadth": .integer(Int64(graph.shape.breadth)),
            "seed": .bytes(seed), "count": .integer(Int64(graph.count)),
            "upper": .integer(Int64(graph.upperBlocks)), "entry": graph.entry.map { .integer(Int64($0)) } ?? .null,
        ]
    }

    /// Opens a file that `write` made, in place: vectors and graphs are read when they are walked over.
    package convenience init(
        _ file: any MappedBytes,
        shape: CollectionShape,
        _ check: FileCheck = .ends
    ) throws(SegmentFault) {
        let reader = try SegmentReader(file)
        if check == .everything { try reader.verify() }
        guard let count = reader.description.count("count"), case .map(let listed)? = reader.description["vectors"]
        else {
            throw .contradictory("description")
        }
        var columns: [String: VectorColumn] = [:]
        var present: [String: Bitmap] = [:]
        for (name, vector) in shape.vectors {
            guard case .map(let fields)? = listed[name] else { throw .contradictory("vector \(name)") }
            let prefix = "vector/\(name)/"
            columns[name] = try VectorColumn(reader, prefix, vector, count, fields)
            present[name] = Bitmap(words: try reader.bytes(prefix + "present"), bound: count)
        }
        let table = PayloadTable(
            ids: try PointID.all(in: try reader.bytes("ids"), count),
            payloads: try Self.payloads(reader, count),
            vectors: present,
            fields: shape.fields.map { (path: $0.path, kind: $0.kind) }
        )
        self.init(table: table, columns: columns, present: present)
    }

    /// How much of a file is held against its checksums when it is opened.
    package enum FileCheck: Sendable {
        /// What says where everything is.
        case ends
        case everything
    }

    private static func payloads(_ reader: SegmentReader, _ count: Int) throws(SegmentFault) -> [Value] {
        let bytes = try reader.bytes("payloads")
        var values: [Value] = []
        values.reserveCapacity(count)
        var cursor = CBORReader(bytes.raw)
        for _ in 0..<count {
            guard let value = try? cursor.value() else { throw .contradictory("payloads") }
            values.append(value)
        }
        return values
    }
}

extension VectorColumn {
    fileprivate convenience init(
        _ reader: SegmentReader,
        _ prefix: String,
        _ vector: CollectionShape.Vector,
        _ count: Int,
        _ fields: Fields
    ) throws(SegmentFault) {
        let element: Rows.Element = vector.metric == .hamming ? .bit : .float
        let stride = Rows(element, dimension: vector.dimension).stride
        let block = try reader.block(prefix + "rows", atLeast: count * stride)
        let rows = Rows(element, dimension: vector.dimension, in: block)
        var index: Index?
        if case .map(let graph)? = fields["graph"] {
            index = try Index(reader, prefix, vector, rows, count, graph)
        }
        self.init(metric: vector.metric, dimension: vector.dimension, rows: rows, index: index)
    }
}

extension VectorColumn.Index {
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
            quantizer = nil
            graph = Graph(rows, measure: .bits, shape: shape, parts: parts)
            return
        }
        let numbers = try reader.block(prefix + "centre", atLeast: (vector.dimension + 1) * 4)
            .floats(at: 0, count: vector.dimension + 1)
        let bytes = Rows(.byte, dimension: vector.dimension)
        let block = try reader.block(prefix + "bytes", atLeast: rowCount * bytes.stride)
        quantizer = ScalarQuantizer(centre: Array(numbers.dropLast()), scale: numbers[vector.dimension])
        graph = Graph(
            Rows(.byte, dimension: vector.dimension, in: block),
            measure: vector.metric.byteMeasure,
            shape: shape,
            parts: parts
        )
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

extension PointID {
    /// Seventeen bytes: what it is, and its two words.
    fileprivate func append(to bytes: inout [UInt8]) {
        switch self {
        case .number(let number):
            bytes.append(0)
            bytes.append(littleEndian: number)
            bytes.append(littleEndian: UInt64(0))
        case .uuid(let high, let low):
            bytes.append(1)
            bytes.append(littleEndian: high)
            bytes.append(littleEndian: low)
        }
    }

    fileprivate static func all(in bytes: [UInt8], _ count: Int) throws(SegmentFault) -> [PointID] {
        guard bytes.count == count * 17 else { throw .contradictory("ids") }
        var ids: [PointID] = []
        ids.reserveCapacity(count)
        for place in 0..<count {
            let (one, other) = (
                bytes.integer(at: place * 17 + 1, as: UInt64.self), bytes.integer(at: place * 17 + 9, as: UInt64.self)
            )
            ids.append(bytes[place * 17] == 0 ? .number(one) : .uuid(high: one, low: other))
        }
        return ids
    }
}

extension ScalarQuantizer {
    /// The centre, then the scale.
    fileprivate var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for number in centre + [scale] { bytes.append(littleEndian: number.bitPattern) }
        return bytes
    }
}

extension Bitmap {
    fileprivate var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for word in words { bytes.append(littleEndian: word) }
        return bytes
    }

    /// From words as they stand in a file; bits beyond the bound are ignored.
    fileprivate init(words bytes: [UInt8], bound: Int) {
        self.init(bound: bound)
        for number in 0..<bound where number / 8 < bytes.count && bytes[number / 8] >> UInt8(number % 8) & 1 != 0 {
            insert(number)
        }
    }
}
