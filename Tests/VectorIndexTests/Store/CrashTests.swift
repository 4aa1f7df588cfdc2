import Basics
import FilesDriver
import TestSupport
import Testing
import VectorIndex

/// A crash anywhere leaves the collection at a position: whatever `sync` returned is there, and nothing is half done.
@Suite struct CrashTests {
    /// A history, what was durable after which step, and all that was done to the store.
    private struct History {
        var model = ModelCollection()
        var durable: [(step: Int, position: UInt64)] = []
        var steps: [RecordedStore.Step] = []

        func durable(before step: Int) -> UInt64 { durable.last { $0.step <= step }?.position ?? 0 }
    }

    private func history(_ tail: StoredCollection.Tail, calls: Int, _ random: inout SeededRandom) throws -> History {
        let store = RecordedStore()
        var history = History()
        let collection = try StoredCollection.create(ModelCollection.shape, in: store, tail: tail)
        history.durable.append((store.stepCount, 0))
        for _ in 0..<calls {
            switch random.below(10) {
            case ..<7:
                let changes = history.model.extend(by: 1 + random.below(4), ids: 14, &random)
                let position = UInt64(history.model.changes.count)
                if tail == .journal {
                    #expect(try collection.append(changes) == position)
                } else {
                    try collection.apply(changes, through: position)
                }
            case 7:
                let position = try collection.sync()
                history.durable.append((store.stepCount, position))
            default:
                let wanted = [StoredCollection.Upkeep.due, .all, .compact][random.below(3)]
                try collection.upkeep(wanted)
                history.durable.append((store.stepCount, collection.stored))
            }
        }
        try history.model.compare(collection.snapshot, at: UInt64(history.model.changes.count), &random)
        history.steps = store.steps
        return history
    }

    private func check(
        _ history: History,
        _ tail: StoredCollection.Tail,
        _ cut: Int,
        _ byte: Int,
        _ loss: Loss,
        _ random: inout SeededRandom
    ) throws {
        let store = RecordedStore.cut(history.steps, at: cut, byte: byte, loss)
        let comment = "step \(cut), byte \(byte), \(loss)"
        let collection: StoredCollection
        do { collection = try StoredCollection.open(in: store, tail: tail) } catch {
            // Before the first manifest there is nothing.
            #expect(error == .missing && cut < (history.durable.first?.step ?? 0), "\(comment): \(error)")
            return
        }
        let position = collection.position
        #expect(position >= history.durable(before: cut), "\(comment)")
        try history.model.compare(collection.snapshot, at: position, &random, comment)
        guard random.chance(100) else { return }
        // What came back goes on.
        var model = history.model
        model.changes.removeLast(model.changes.count - Int(position))
        let more = model.extend(by: 7, ids: 14, &random)
        let end = UInt64(model.changes.count)
        if tail == .journal { try collection.append(more) } else { try collection.apply(more, through: end) }
        try collection.upkeep(.all)
        try model.compare(try StoredCollection.read(from: store).0, at: end, &random, comment)
        #expect(try StoredCollection.verify(store) > 0)
    }

    /// Every byte of every write of a short history.
    @Test(arguments: [StoredCollection.Tail.journal, .caller])
    func everyByte(_ tail: StoredCollection.Tail) throws {
        var random = SeededRandom(seed: tail == .journal ? 71 : 72)
        let history = try history(tail, calls: 7, &random)
        for cut in history.steps.indices {
            var bytes = [0]
            if case .append(_, let appended) = history.steps[cut] {
                // Filling between parts is zeros: a few places of it stand for all.
                bytes = appended.count < 700 ? Array(0..<appended.count) : [0, 1, 700, appended.count - 1]
            }
            for byte in bytes {
                let loss = Loss(unsyncedBytes: random.chance(400), unsyncedNames: random.chance(400))
                try check(history, tail, cut, byte, loss, &random)
            }
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func longHistories(seed: UInt64) throws {
        var random = SeededRandom(seed: 1000 + seed)
        let tail: StoredCollection.Tail = seed % 3 == 0 ? .caller : .journal
        let history = try history(tail, calls: 60, &random)
        for _ in 0..<30 {
            let cut = random.below(history.steps.count)
            var byte = 0
            if case .append(_, let appended) = history.steps[cut] { byte = random.below(appended.count) }
            let loss = Loss(unsyncedBytes: random.chance(500), unsyncedNames: random.chance(500))
            try check(history, tail, cut, byte, loss, &random)
        }
    }

    /// A disk that tears and reorders sectors, fails, and loses its power, again and again.
    @Test(arguments: 0..<6 as Range<UInt64>)
    func faultyDisks(seed: UInt64) throws {
        var random = SeededRandom(seed: 2000 + seed)
        var faults = DiskFaults()
        if seed % 2 == 1 { (faults.writes, faults.syncs, faults.folder) = (15, 15, 15) }
        var disk = FaultyDisk(seed: seed)
        var model = ModelCollection()
        var durable: UInt64 = 0
        _ = try StoredCollection.create(ModelCollection.shape, in: DiskStore(disk), tail: .journal)
        for life in 0..<5 {
            disk.faults = .none
            let collection = try StoredCollection.open(in: DiskStore(disk), tail: .journal)
            let position = collection.position
            #expect(position >= durable && position <= UInt64(model.changes.count), "life \(life)")
            model.changes.removeLast(model.changes.count - Int(position))
            try model.compare(collection.snapshot, at: position, &random, "life \(life)\n\(disk.history())")
            durable = position
            disk.faults = faults
            disk.cutPower(after: random.below(120))
            live(collection, &model, &durable, &random)
            disk = disk.crash(random.chance(700) ? .power : .process)
        }
    }

    /// Works until the disk fails.
    private func live(
        _ collection: StoredCollection,
        _ model: inout ModelCollection,
        _ durable: inout UInt64,
        _ random: inout SeededRandom
    ) {
        do throws(StoreFault) {
            for _ in 0..<80 {
                switch random.below(10) {
                case ..<6:
                    // What an append that fails leaves may be there or not.
                    try collection.append(model.extend(by: 1 + random.below(3), ids: 20, &random))
                case ..<8: durable = try collection.sync()
                default:
                    try collection.upkeep([StoredCollection.Upkeep.due, .all, .compact][random.below(3)])
                    durable = Swift.max(durable, collection.stored)
                }
            }
        } catch {}
    }
}
