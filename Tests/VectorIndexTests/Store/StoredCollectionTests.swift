import Basics
import TestSupport
import Testing
import VectorIndex

/// A stored collection against the model, while others search and write beside its upkeep.
@Suite struct StoredCollectionTests {
    @Test(arguments: 0..<6 as Range<UInt64>)
    func doesAsTheModelDoes(seed: UInt64) throws {
        var random = SeededRandom(seed: 3000 + seed)
        let store = RecordedStore()
        var model = ModelCollection()
        var collection = try StoredCollection.create(ModelCollection.shape, in: store, tail: .journal)
        for round in 0..<120 {
            try collection.append(model.extend(by: 1 + random.below(6), ids: 60, &random))
            if random.chance(300) { try collection.upkeep() }
            if random.chance(40) { try collection.upkeep(.compact) }
            if random.chance(60) { collection = try StoredCollection.open(in: store, tail: .journal) }
            let position = UInt64(model.changes.count)
            #expect(collection.position == position)
            if random.chance(150) { try model.compare(collection.snapshot, at: position, &random, "round \(round)") }
        }
        try collection.upkeep(.compact)
        #expect(collection.snapshot.segmentCount <= 1)
        try model.compare(collection.snapshot, at: UInt64(model.changes.count), &random)
        let files = try StoredCollection.verify(store)
        #expect(files == store.names().count)
    }

    /// Changes that come while a segment is being built are in it, and in what is read back.
    @Test func changesBesideUpkeepCount() throws {
        var random = SeededRandom(seed: 81)
        let store = RecordedStore()
        var model = ModelCollection()
        let collection = try StoredCollection.create(ModelCollection.shape, in: store, tail: .journal)
        for _ in 0..<12 {
            try collection.append(model.extend(by: 25, ids: 40, &random))
            let meanwhile = model.extend(by: 20, ids: 40, &random)
            // The worker is called in the middle of the building of the graph.
            let once = Lock(false)
            let workers = InterruptedWorker {
                guard
                    once.withLock({ done in
                        defer { done = true }
                        return !done
                    })
                else { return }
                do throws(StoreFault) { try collection.append(meanwhile) } catch { Issue.record(error) }
            }
            try collection.upkeep(.compact, workers: workers)
            if !once.withLock({ $0 }) { try collection.append(meanwhile) }
            let position = UInt64(model.changes.count)
            #expect(collection.position == position)
            try model.compare(collection.snapshot, at: position, &random)
            try model.compare(try StoredCollection.read(from: store).0, at: position, &random)
        }
    }

    @Test func refusesWhatItCannotBe() throws {
        let store = RecordedStore()
        #expect(throws: StoreFault.missing) { try StoredCollection.open(in: store, tail: .journal) }
        let collection = try StoredCollection.create(ModelCollection.shape, in: store, tail: .caller)
        #expect(throws: StoreFault.exists) {
            try StoredCollection.create(ModelCollection.shape, in: store, tail: .caller)
        }
        try collection.apply([], through: 9)
        #expect(throws: StoreFault.wrongPosition) { try collection.apply([], through: 8) }
        let wrong = Point(id: .number(1), vectors: ["x": .numbers([1])])
        #expect(throws: StoreFault.misfit(.unknownVector("x"))) { try collection.apply([.put(wrong)], through: 10) }
        #expect(collection.position == 9)
    }

    /// A bit that changed in any file is told, by opening or by the full check, and never trusted.
    @Test func tellsDamage() throws {
        var random = SeededRandom(seed: 82)
        let store = RecordedStore()
        var model = ModelCollection()
        let collection = try StoredCollection.create(ModelCollection.shape, in: store, tail: .journal)
        try collection.append(model.extend(by: 30, ids: 40, &random))
        try collection.upkeep(.all)
        try collection.append(model.extend(by: 6, ids: 40, &random))
        let files = store.content.withLock { content in content.names.mapValues { content.files[$0] } }
        for (name, bytes) in files {
            for _ in 0..<60 {
                var damaged = files
                // The last bytes of a segment say where all is; the others are mostly filling.
                let place =
                    name.hasPrefix("segment") && random.chance(500)
                    ? bytes.count - 1 - random.below(1500) : random.below(bytes.count)
                damaged[name]?[place] ^= UInt8(1 << random.below(8))
                let other = RecordedStore(damaged)
                do {
                    let checked = try StoredCollection.verify(other)
                    let (read, position) = try StoredCollection.read(from: other)
                    // A journal's torn end is no damage: it is cut off. All else must be as it was.
                    #expect(checked == files.count)
                    try model.compare(read, at: position, &random, "\(name) byte \(place)")
                } catch is StoreFault {}
                // The quick way may miss it, and must not crash.
                if let (read, _) = try? StoredCollection.read(from: other) { _ = read.scroll(limit: 10) }
            }
        }
    }
}

/// One worker that is interrupted whenever it is asked to work.
private struct InterruptedWorker: Workers {
    let interruption: @Sendable () -> Void
    var count: Int { 1 }

    func run(_ work: @Sendable (Int) -> Void) {
        interruption()
        work(0)
    }
}
