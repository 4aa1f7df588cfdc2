package import Basics

extension EventHead {
    /// Reads canonical bytes, strictly: what is accepted encodes to the same bytes again.
    package init(canonical bytes: RawSpan) throws(CBORError) {
        var cursor = CanonicalCursor(bytes)
        let count = try cursor.mapCount()
        at = try cursor.takes(.at) ? cursor.integer() : nil
        key = try cursor.takes(.key) ? cursor.name() : nil
        room = try cursor.takes(.room) ? cursor.name() : nil
        try cursor.require(.type)
        type = try cursor.name()
        try cursor.require(.agent)
        agent = try cursor.name()
        clock = try cursor.takes(.clock) ? cursor.clock() : nil
        causes = try cursor.takes(.causes) ? cursor.causes() : nil
        try cursor.require(.commit)
        commit = try cursor.hash()
        number = try cursor.takes(.number) ? cursor.number() : nil
        try cursor.require(.writer)
        writer = try cursor.writer()
        subject = try cursor.takes(.subject) ? cursor.name() : nil
        try cursor.require(.position)
        position = try cursor.position()
        try cursor.require(.received)
        received = try cursor.hybridTime()
        publicKey =
            try cursor.takes(.publicKey) ? PublicKey(bytes.extracting(cursor.bytes(Limits.publicKeyBytes))) : nil
        signature =
            try cursor.takes(.signature) ? Signature(bytes.extracting(cursor.bytes(Limits.signatureBytes))) : nil
        guard signature == nil || publicKey != nil, count == fieldCount, cursor.offset == bytes.byteCount else {
            throw CBORError(.misplaced, at: cursor.offset)
        }
    }

    private var fieldCount: Int {
        let places = (at == nil ? 0 : 1) + (key == nil ? 0 : 1) + (room == nil ? 0 : 1) + (clock == nil ? 0 : 1)
        let links = (causes == nil ? 0 : 1) + (number == nil ? 0 : 1) + (subject == nil ? 0 : 1)
        let keys = (publicKey == nil ? 0 : 1) + (signature == nil ? 0 : 1)
        return CanonicalEvent.placedFields + places + links + keys
    }
}

extension CBORReader {
    /// A canonical map of names to counters.
    mutating func clock() throws(CBORError) -> VectorClock {
        let start = offset
        let count = try map()
        guard count <= Limits.clockEntries else { throw CBORError(.tooLarge, at: start) }
        var order = KeyOrder()
        var entries: [VectorClock.Entry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let keyStart = offset
            let key = try key()
            try order.check(key, in: bytes, at: keyStart)
            guard let agent = try? AgentID(checkedUTF8: self[key]) else { throw CBORError(.outOfRange, at: keyStart) }
            let counter = try integer()
            guard EventNumber.range.contains(counter) else { throw CBORError(.outOfRange, at: keyStart) }
            entries.append(VectorClock.Entry(agent: agent, counter: counter))
        }
        return VectorClock(canonical: entries)
    }

    /// An array of positions.
    mutating func positions() throws(CBORError) -> [Position] {
        let start = offset
        let count = try array()
        guard count <= Limits.causes else { throw CBORError(.tooLarge, at: start) }
        var positions: [Position] = []
        positions.reserveCapacity(count)
        for _ in 0..<count {
            let itemStart = offset
            guard let position = Position(checking: try integer()) else {
                throw CBORError(.outOfRange, at: itemStart)
            }
            positions.append(position)
        }
        return positions
    }
}
