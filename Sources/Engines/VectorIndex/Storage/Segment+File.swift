internal import Basics

extension Segment {
    /// Writes the segment as one file, piece by piece in order.
    package func write<Failure: Error>(
        to sink: @escaping (borrowing RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        var writer = SegmentWriter(sink: sink)
        let names = columns.keys.sorted { $0.byteOrder($1) < 0 }
        for name in names {
            guard let column = columns[name] else { continue }
            let prefix = "vector/\(name)/"
            try writer.part(prefix + "rows", column.rows.block, byteCount: count * column.rows.stride)
            try writer.part(prefix + "present", present[name] ?? Bitmap(bound: count))
            if let index = column.index { try index.write(prefix, count: count, to: &writer) }
        }
        try table.ids.write(to: &writer)
        try table.payloads.write("payloads", to: &writer)
        for (number, index) in table.indices.enumerated() { try index.write("field/\(number)", to: &writer) }
        writer.note("fields", .integer(Int64(table.indices.count)))
        writer.note("count", .integer(Int64(count)))
        writer.note("vectors", .array(names.map(Value.text)))
        try writer.finish()
    }

    /// Opens a file that `write` made, in place: whatever it holds is read when it is looked at.
    package convenience init(
        _ file: any MappedBytes,
        shape: CollectionShape,
        _ check: FileCheck = .ends
    ) throws(SegmentFault) {
        try self.init(SegmentReader(file), shape: shape, check)
    }

    convenience init(_ reader: SegmentReader, shape: CollectionShape, _ check: FileCheck) throws(SegmentFault) {
        if check == .everything { try reader.verify() }
        guard let count = reader.description.count("count"), let fieldCount = reader.description.count("fields"),
            case .array(let listed)? = reader.description["vectors"]
        else { throw .contradictory("description") }
        var columns: [String: VectorColumn] = [:]
        var present: [String: Bitmap] = [:]
        // A vector that the shape learned of later is in no older segment.
        for (name, vector) in shape.vectors where listed.contains(.text(name)) {
            let prefix = "vector/\(name)/"
            columns[name] = try VectorColumn(reader, prefix, vector, count)
            present[name] = try reader.bitmap(prefix + "present", bound: count)
        }
        var indices: [FieldIndex] = []
        for number in 0..<fieldCount { indices.append(try FieldIndex("field/\(number)", reader, bound: count)) }
        let table = PayloadTable(
            ids: try IDTable(reader, count: count),
            payloads: try ValueColumn("payloads", reader, count: count),
            vectors: present,
            indices: indices
        )
        self.init(table: table, columns: columns, present: present, checksum: reader.checksum)
    }

    /// How much of a file is held against its checksums when it is opened.
    package enum FileCheck: Sendable {
        /// What says where everything is.
        case ends
        case everything
    }
}
