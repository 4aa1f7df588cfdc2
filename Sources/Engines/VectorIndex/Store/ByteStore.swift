/// Where a collection keeps its files: names, each with bytes.
///
/// A crash keeps what was synced; of the rest it keeps any part. The collection relies on nothing else, and its tests
/// cut it everywhere.
package protocol ByteStore: Sendable {
    /// All names, in no order.
    func names() throws(ByteStoreFault) -> [String]

    /// The bytes of a file, in place; they stay readable when the name goes or is given to another.
    func open(_ name: String) throws(ByteStoreFault) -> any MappedBytes

    /// Begins a file, which must not be there.
    func create(_ name: String) throws(ByteStoreFault) -> any ByteSink

    /// Gives a file another name, replacing what had it; durable after `sync`.
    func rename(_ name: String, to newName: String) throws(ByteStoreFault)

    /// Takes a name away; durable after `sync`.
    func remove(_ name: String) throws(ByteStoreFault)

    /// Returns when every name made, given or taken before is on stable storage.
    func sync() throws(ByteStoreFault)
}

/// A file that is being written, from its beginning on.
package protocol ByteSink: AnyObject, Sendable {
    /// After an error any part of the bytes may have been written.
    func append(_ bytes: borrowing RawSpan) throws(ByteStoreFault)

    /// Returns when all bytes are on stable storage; another thread may append meanwhile.
    func sync() throws(ByteStoreFault)
}

/// What the store of bytes answered.
package struct ByteStoreFault: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable { case full, notFound, other }

    package let kind: Kind
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// Why a stored collection does not do what was asked.
package enum StoreFault: Error, Sendable, Hashable {
    case bytes(ByteStoreFault)
    case segment(name: String, SegmentFault)
    case misfit(CollectionFault)
    /// A file whose checksum does not fit, or that says nonsense.
    case damaged(name: String)
    /// A format of a later version.
    case unknownVersion(name: String, Int)
    /// There is no collection.
    case missing
    /// There is one already.
    case exists
    /// A write of the journal failed before; what of it is on the disk only opening the collection again can tell.
    case inDoubt
    /// Positions only grow.
    case wrongPosition
}
