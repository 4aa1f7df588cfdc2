internal import Basics
internal import FilesDriver
internal import VectorIndex

/// A collection of vectors in a folder of the data folder: what it keeps, and its segment.
///
/// Files are written beside, synced and renamed, the description last: a collection is there whole or not at all.
struct CollectionFolder {
    /// The folder of all collections.
    static let parent = "vectors"

    private let disk: PosixDisk
    private let path: String

    enum Missing { case create, fail }

    init(_ name: String, in data: String, _ missing: Missing) throws(CommandFailure) {
        guard !name.isEmpty, name.utf8.count <= 100, !name.utf8.contains(UInt8(ascii: "/")), !name.hasPrefix(".") else {
            throw CommandFailure(.wrongUsage, "a collection's name is a word without a slash, not beginning with a dot")
        }
        path = "\(data)/\(Self.parent)/\(name)"
        do {
            disk = try PosixDisk(path: path, missing == .create ? .createIfMissing : .mustExist)
        } catch {
            let code: ExitCode = error.kind == .notFound ? .badData : .unusableFolder
            throw CommandFailure(code, "\(error)")
        }
    }

    func write(_ segment: Segment, _ shape: CollectionShape) throws(CommandFailure) {
        do throws(DiskError) {
            try write("segment") { file throws(DiskError) in
                var offset: Int64 = 0
                try segment.write { bytes throws(DiskError) in
                    for from in stride(from: 0, to: bytes.byteCount, by: 1 << 22) {
                        let piece = bytes.extracting(from..<Swift.min(from + 1 << 22, bytes.byteCount)).copy
                        try file.write(piece[...], at: offset)
                        offset += Int64(piece.count)
                    }
                }
            }
            var writer = JSONWriter()
            writer.value(shape.description)
            try write("collection.json") { file throws(DiskError) in try file.write(writer.bytes[...], at: 0) }
        } catch {
            throw CommandFailure(.unusableFolder, "\(error)")
        }
    }

    private func write(_ name: String, _ body: (any DiskFile) throws(DiskError) -> Void) throws(DiskError) {
        let temporary = name + ".new"
        if try disk.names().contains(temporary) { try disk.remove(temporary) }
        let file = try disk.open(temporary, .create)
        try body(file)
        try file.sync()
        try disk.rename(temporary, to: name)
        try disk.syncFolder()
    }

    /// The segment, opened in place, and what it keeps.
    func open() throws(CommandFailure) -> (segment: Segment, shape: CollectionShape) {
        do {
            let description = try MappedFile(path: path + "/collection.json").withBytes { $0.copy }
            var reader = JSONReader(description.raw)
            guard let shape = CollectionShape(description: try reader.value()) else {
                throw CommandFailure(.badData, "\(path)/collection.json says nothing that is understood")
            }
            return (try Segment(MappedFile(path: path + "/segment"), shape: shape), shape)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.badData, "\(path): \(error)")
        }
    }
}

extension CollectionShape {
    /// What `collection.json` says.
    fileprivate var description: Value {
        let vector = vectors[""]
        let indexed = fields.map { field -> Value in
            guard case .key(let name)? = field.path.steps.first else { return .null }
            return ["key": .text(name), "kind": .text(field.kind.rawValue)]
        }
        return [
            "metric": .text(vector?.metric.rawValue ?? ""), "dimension": .integer(Int64(vector?.dimension ?? 0)),
            "fields": .array(indexed),
        ]
    }

    fileprivate init?(description: Value) {
        guard case .map(let parts) = description, case .text(let name)? = parts["metric"],
            let metric = Metric(rawValue: name), case .integer(let dimension)? = parts["dimension"], dimension > 0,
            case .array(let listed)? = parts["fields"]
        else { return nil }
        var fields: [Field] = []
        for case .map(let field) in listed {
            guard case .text(let key)? = field["key"], case .text(let text)? = field["kind"],
                let kind = FieldIndex.Kind(rawValue: text)
            else { return nil }
            fields.append(Field(path: PayloadPath(steps: [.key(key)]), kind: kind))
        }
        self.init(vectors: ["": .init(metric: metric, dimension: Int(dimension))], fields: fields)
    }
}
