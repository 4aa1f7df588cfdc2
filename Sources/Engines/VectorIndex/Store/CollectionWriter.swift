internal import Basics

/// Makes a stored collection of segments as they come, so that what is imported may be larger than memory.
///
/// It takes the place of the collection that was there, whole, when it is finished; until then that one stays.
package struct CollectionWriter: ~Copyable {
    private let store: any ByteStore
    private var manifest: Manifest

    package init(_ shape: CollectionShape, in store: any ByteStore) throws(StoreFault) {
        self.store = store
        var next = 0
        for name in try StoredCollection.caught({ () throws(ByteStoreFault) in try store.names() }) {
            guard name.hasPrefix("segment-"), let number = Int(name.dropFirst(8)) else { continue }
            next = Swift.max(next, number + 1)
        }
        manifest = Manifest(position: 0, next: next, shape: shape, segments: [])
    }

    /// Writes a segment of the shape; no identifier may be in two.
    package mutating func add(_ segment: Segment) throws(StoreFault) {
        let name = Manifest.segmentName(manifest.next)
        manifest.next += 1
        let file = try StoredCollection.write(segment, name, to: store)
        do throws(SegmentFault) {
            let checksum = try SegmentReader(file).checksum
            manifest.segments.append(
                Manifest.Entry(
                    file: name,
                    count: segment.count,
                    checksum: checksum,
                    dead: Bitmap(bound: segment.count)
                )
            )
        } catch {
            throw .segment(name: name, error)
        }
    }

    /// Makes the collection what was added, at a position.
    package consuming func finish(at position: UInt64) throws(StoreFault) {
        manifest.position = position
        let kept = Set(manifest.segments.map(\.file) + [Manifest.name])
        let (manifest, store) = (manifest, store)
        try StoredCollection.caught { () throws(ByteStoreFault) in
            // A journal of the collection before must not be taken for this one's.
            for name in try store.names() where Journal.position(of: name) != nil { try store.remove(name) }
            try StoredCollection.write(manifest, to: store)
            for name in try store.names() where !kept.contains(name) { try store.remove(name) }
        }
    }
}
