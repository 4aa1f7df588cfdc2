internal import Basics

extension StoredCollection {
    /// Makes an empty collection where there is none.
    package static func create(
        _ shape: CollectionShape,
        in store: any ByteStore,
        tail: Tail,
        at position: UInt64 = 0
    ) throws(StoreFault) -> StoredCollection {
        do {
            guard try !store.names().contains(Manifest.name) else { throw StoreFault.exists }
            let manifest = Manifest(position: position, next: 0, shape: shape, segments: [])
            try write(manifest, to: store)
            return try open(in: store, tail: tail)
        } catch let fault as StoreFault {
            throw fault
        } catch let fault as ByteStoreFault {
            throw .bytes(fault)
        } catch {
            preconditionFailure("there are no other faults")
        }
    }

    /// Opens a collection: the segments in place, then what its journal holds.
    ///
    /// Files that a crash left behind are removed.
    package static func open(in store: any ByteStore, tail: Tail) throws(StoreFault) -> StoredCollection {
        var opened = try Opening(store)
        let manifest = opened.manifest
        try caught { () throws(ByteStoreFault) in
            // The manifest may have been renamed and not synced when the power went: first make it sure.
            try store.sync()
            let kept = Set(manifest.segments.map(\.file) + [Manifest.name])
            for name in try store.names() where !kept.contains(name) {
                if tail == .journal, let start = Journal.position(of: name), start >= manifest.position { continue }
                try store.remove(name)
            }
        }
        var sink: (any ByteSink)?
        if tail == .journal {
            try opened.replay()
            try opened.mendTail()
            sink = try beginJournal(at: opened.position, in: store)
        }
        let state = State(
            collection: opened.collection,
            position: opened.position,
            stored: manifest.position,
            next: manifest.next
        )
        return StoredCollection(store, tail, state, sink: sink)
    }

    /// The collection as it stands in its files, and its position; nothing is written.
    package static func read(from store: any ByteStore) throws(StoreFault) -> (VectorCollection, position: UInt64) {
        var opened = try Opening(store)
        try opened.replay()
        return (opened.collection, opened.position)
    }

    /// Holds every byte of every file of a collection against its checksum; returns how many files there are.
    package static func verify(_ store: any ByteStore) throws(StoreFault) -> Int {
        let manifest = try Opening.manifest(store)
        for entry in manifest.segments {
            let reader = try Opening.reader(of: entry, store)
            do { try reader.verify() } catch { throw .segment(name: entry.file, error) }
        }
        var opened = try Opening(store)
        try opened.replay()
        return manifest.segments.count + 1 + opened.journalCount
    }

    static func write(_ manifest: Manifest, to store: any ByteStore) throws(ByteStoreFault) {
        if try store.names().contains(Manifest.newName) { try store.remove(Manifest.newName) }
        let sink = try store.create(Manifest.newName)
        let bytes = manifest.bytes()
        try sink.append(bytes.raw)
        try sink.sync()
        try store.rename(Manifest.newName, to: Manifest.name)
        try store.sync()
    }

    /// A new journal, durable under its name.
    static func beginJournal(at position: UInt64, in store: any ByteStore) throws(StoreFault) -> any ByteSink {
        try caught { () throws(ByteStoreFault) in
            let name = Journal.name(position)
            // One that is there already has no change: it would end behind its beginning.
            if try store.names().contains(name) { try store.remove(name) }
            let sink = try store.create(name)
            let head = Journal.head(position)
            try sink.append(head.raw)
            try sink.sync()
            try store.sync()
            return sink
        }
    }

    static func caught<Result>(_ body: () throws(ByteStoreFault) -> Result) throws(StoreFault) -> Result {
        do { return try body() } catch { throw .bytes(error) }
    }
}

/// A collection being opened.
struct Opening {
    private let store: any ByteStore
    let manifest: Manifest
    private(set) var collection: VectorCollection
    private(set) var position: UInt64
    private(set) var journalCount = 0
    /// The last journal, when it does not end with a whole frame.
    private var torn: (name: String, wholeBytes: Int, file: any MappedBytes)?

    init(_ store: any ByteStore) throws(StoreFault) {
        self.store = store
        manifest = try Self.manifest(store)
        position = manifest.position
        var parts: [VectorCollection.Part] = []
        for entry in manifest.segments {
            let reader = try Self.reader(of: entry, store)
            do throws(SegmentFault) {
                let segment = try Segment(reader, shape: manifest.shape, .ends)
                guard segment.count == entry.count else { throw SegmentFault.contradictory("count") }
                var living = Bitmap(allBelow: entry.count)
                living.subtract(entry.dead)
                parts.append(VectorCollection.Part(segment, living: living, file: entry.file))
            } catch {
                throw .segment(name: entry.file, error)
            }
        }
        collection = VectorCollection(shape: manifest.shape, parts: parts)
    }

    static func manifest(_ store: any ByteStore) throws(StoreFault) -> Manifest {
        let file: any MappedBytes
        do { file = try store.open(Manifest.name) } catch {
            throw error.kind == .notFound ? .missing : .bytes(error)
        }
        return try Manifest(file)
    }

    static func reader(of entry: Manifest.Entry, _ store: any ByteStore) throws(StoreFault) -> SegmentReader {
        let file = try StoredCollection.caught { () throws(ByteStoreFault) in try store.open(entry.file) }
        do throws(SegmentFault) {
            let reader = try SegmentReader(file)
            guard reader.checksum == entry.checksum else { throw SegmentFault.contradictory("checksum") }
            return reader
        } catch {
            throw .segment(name: entry.file, error)
        }
    }

    /// Makes the changes of the journals.
    ///
    /// Only the last may end within a frame: each was whole and durable before the next began.
    mutating func replay() throws(StoreFault) {
        let names = try StoredCollection.caught { () throws(ByteStoreFault) in try store.names() }
            .filter { Journal.position(of: $0).map { $0 >= manifest.position } ?? false }
            .sorted { $0.byteOrder($1) < 0 }
        journalCount = names.count
        for (place, name) in names.enumerated() {
            let file = try StoredCollection.caught { () throws(ByteStoreFault) in try store.open(name) }
            let content = try Journal.read(file, name: name, shape: manifest.shape)
            if content.isTorn {
                guard place == names.count - 1 else { throw .damaged(name: name) }
                torn = (name, content.wholeBytes, file)
            }
            guard Journal.position(of: name) == position || content.frames.isEmpty else { throw .damaged(name: name) }
            for frame in content.frames {
                for change in frame.changes { try make(change, name) }
                position = frame.position
            }
        }
    }

    private mutating func make(_ change: Change, _ name: String) throws(StoreFault) {
        switch change {
        case .delete(let id): collection.delete(id)
        case .put(let point):
            do { try collection.put(point) } catch { throw .damaged(name: name) }
        }
    }

    /// Cuts off what stands behind the last whole frame, so that the journal can be followed by another.
    func mendTail() throws(StoreFault) {
        guard let torn else { return }
        try StoredCollection.caught { () throws(ByteStoreFault) in
            guard torn.wholeBytes > Journal.headBytes else { return try store.remove(torn.name) }
            if try store.names().contains(Journal.newName) { try store.remove(Journal.newName) }
            let sink = try store.create(Journal.newName)
            let whole = torn.file.withBytes { $0.extracting(0..<torn.wholeBytes).copy }
            try sink.append(whole.raw)
            try sink.sync()
            try store.rename(Journal.newName, to: torn.name)
            try store.sync()
        }
    }
}
