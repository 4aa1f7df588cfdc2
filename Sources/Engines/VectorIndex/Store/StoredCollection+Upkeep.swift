internal import Basics

extension StoredCollection {
    /// How much upkeep is wanted.
    package enum Upkeep: Sendable, Hashable {
        /// What is due: many new points, many small segments, a segment half dead.
        case due
        /// Every new point goes into a segment.
        case all
        /// Everything goes into as few segments as the shape allows.
        case compact
    }

    /// Does one piece of upkeep, if there is any and nobody else is at it; whether there was.
    ///
    /// Writers wait while the journal changes, searches never. Costs the building of a segment.
    @discardableResult
    package func upkeep(_ wanted: Upkeep = .due, workers: some Workers = OneWorker()) throws(StoreFault) -> Bool {
        let mayWork = try state.withLock { state throws(StoreFault) in
            guard !state.isInDoubt else { throw .inDoubt }
            guard !state.isWorking else { return false }
            state.isWorking = state.collection.chosen(wanted, isMoved: state.position > state.stored) != nil
            return state.isWorking
        }
        guard mayWork else { return false }
        defer { state.withLock { $0.isWorking = false } }
        let (base, position, next) = try freeze()
        guard let chosen = base.chosen(wanted, isMoved: true) else { return false }
        let merged = try write(chosen, of: base, Manifest.segmentName(next), workers)
        var parts = base.parts.indices.filter { !chosen.contains($0) }.map { base.parts[$0] }
        if let merged { parts.append(merged) }
        try publish(parts, position, next: next + 1)
        install(merged, in: base, chosen)
        clean(base, chosen, before: position)
        return true
    }

    /// The collection and its position at one moment, from which on changes go into a new journal.
    private func freeze() throws(StoreFault) -> (VectorCollection, UInt64, Int) {
        try journal.withLock { journal throws(StoreFault) in
            let frozen = state.withLock { state in
                state.collection.seal()
                return (state.collection, state.position, state.next)
            }
            if tail == .journal {
                guard !journal.isInDoubt, let sink = journal.sink else { throw .inDoubt }
                do {
                    try sink.sync()
                    journal.sink = try Self.beginJournal(at: frozen.1, in: store)
                } catch {
                    journal.isInDoubt = true
                    throw (error as? StoreFault) ?? (error as? ByteStoreFault).map(StoreFault.bytes) ?? .inDoubt
                }
            }
            return frozen
        }
    }

    /// A segment of the living points of some parts, in its file; nil when there is none.
    private func write(
        _ chosen: Set<Int>,
        of base: VectorCollection,
        _ name: String,
        _ workers: some Workers
    ) throws(StoreFault) -> VectorCollection.Part? {
        guard let built = base.merged(chosen, workers: workers) else { return nil }
        let file = try Self.write(built, name, to: store)
        do {
            return VectorCollection.Part(try Segment(SegmentReader(file), shape: shape, .ends), file: name)
        } catch {
            throw .segment(name: name, error)
        }
    }

    static func write(_ segment: Segment, _ name: String, to store: any ByteStore) throws(StoreFault) -> any MappedBytes
    {
        try caught { () throws(ByteStoreFault) in
            // An attempt that failed may have left its beginning.
            if try store.names().contains(name) { try store.remove(name) }
            let sink = try store.create(name)
            try segment.write { bytes throws(ByteStoreFault) in try sink.append(bytes) }
            try sink.sync()
            // Its name is there before the manifest that names it: of two changes the second alone may survive.
            try store.sync()
            return try store.open(name)
        }
    }

    private func publish(_ parts: [VectorCollection.Part], _ position: UInt64, next: Int) throws(StoreFault) {
        var entries: [Manifest.Entry] = []
        for part in parts {
            guard let name = part.file else { preconditionFailure("every part that stays has a file") }
            entries.append(try entry(part, name))
        }
        let manifest = Manifest(position: position, next: next, shape: shape, segments: entries)
        do { try Self.write(manifest, to: store) } catch {
            // It may be there or not: what either needs stays until the collection is opened again.
            state.withLock { $0.isInDoubt = true }
            throw .bytes(error)
        }
        state.withLock { state in
            state.next = next
            state.stored = position
        }
    }

    private func entry(_ part: VectorCollection.Part, _ name: String) throws(StoreFault) -> Manifest.Entry {
        var dead = Bitmap(allBelow: part.segment.count)
        dead.subtract(part.living)
        return Manifest.Entry(file: name, count: part.segment.count, checksum: part.segment.checksum, dead: dead)
    }

    /// Puts the new segment in place of those that it was made of; what died meanwhile is dead in it too.
    private func install(_ merged: VectorCollection.Part?, in base: VectorCollection, _ chosen: Set<Int>) {
        state.withLock { state in
            var merged = merged
            let replaced = chosen.map { base.parts[$0] }
            for old in replaced {
                guard let now = state.collection.parts.first(where: { $0.segment === old.segment }) else { continue }
                var died = old.living
                died.subtract(now.living)
                for row in died.numbers {
                    let id = old.segment.table.ids[row]
                    if let place = merged?.segment.table.row(of: id) { merged?.living.remove(place) }
                }
            }
            state.collection.parts.removeAll { part in replaced.contains { $0.segment === part.segment } }
            if let merged { state.collection.parts.append(merged) }
        }
    }

    /// Removes the files that the manifest does not name any more; what does not go now goes when it is opened.
    private func clean(_ base: VectorCollection, _ chosen: Set<Int>, before position: UInt64) {
        for index in chosen { if let name = base.parts[index].file { try? store.remove(name) } }
        for name in (try? store.names()) ?? [] {
            if let start = Journal.position(of: name), start < position { try? store.remove(name) }
        }
    }
}

extension VectorCollection {
    /// The parts that upkeep would make one of; nil when there is nothing to do.
    func chosen(_ wanted: StoredCollection.Upkeep, isMoved: Bool) -> Set<Int>? {
        let young = Set(parts.indices.filter { parts[$0].file == nil })
        let newPoints = young.reduce(open.living.count) { $0 + parts[$1].living.count }
        let stored = Set(parts.indices).subtracting(young)
        switch wanted {
        case .due:
            let due = mergeable(among: stored)
            return due == nil && newPoints < shape.storeLeast ? nil : young.union(due ?? [])
        case .all: return isMoved ? young : nil
        case .compact:
            var total = newPoints
            var taken: Set<Int> = []
            for index in stored.sorted(by: { parts[$0].living.count < parts[$1].living.count }) {
                let count = parts[index].living.count
                guard total + count <= shape.segmentMost else { break }
                total += count
                taken.insert(index)
            }
            let isOne =
                newPoints == 0 && taken.count <= 1
                && taken.allSatisfy { parts[$0].living.count == parts[$0].segment.count }
            return isOne && !isMoved ? nil : isOne ? young : young.union(taken)
        }
    }
}
