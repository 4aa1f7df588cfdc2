internal import FilesDriver

/// All that a faulty disk knows, as a value: crashing it is copying it.
struct DiskState: Sendable {
    let seed: UInt64
    var faults: DiskFaults
    var capacity: Int?
    var log = DiskLog()
    var planted: [PlantedFault] = []
    /// How many changes are left until the power goes.
    var changesUntilCut: Int?
    var isDead = false
    var failedSyncs = 0
    var lies = 0
    var crashes: UInt64 = 0

    /// Every file that ever was, by number; those without a name keep their place.
    private var files: [StoredFile] = []
    /// The names as programs see them, and as they are on the platter.
    private(set) var folder: [String: Int] = [:]
    private var durableFolder: [String: Int] = [:]
    /// What happened to names since the last sync of the folder; what is nil has no file any more.
    private var changes: [[(name: String, file: Int?)]] = []
    private var counts = [Int](repeating: 0, count: DiskOperation.allCases.count)

    init(seed: UInt64, faults: DiskFaults, capacity: Int?) {
        self.seed = seed
        self.faults = faults
        self.capacity = capacity
    }

    var used: Int { folder.values.reduce(0) { $0 + files[$1].allocated } }

    func file(_ number: Int) -> StoredFile { files[number] }

    // MARK: Faults

    /// What becomes of the next operation of its kind; its randomness depends on nothing else than how many of the
    /// kind this file saw.
    mutating func effect(
        of operation: DiskOperation,
        on file: Int?,
        named name: String
    ) -> (DiskEffect, SeededRandom) {
        if isDead { return (.cut, SeededRandom(seed: 0)) }
        var random = nextRandom(operation, file)
        if operation.isMutation, let left = changesUntilCut {
            changesUntilCut = left - 1
            if left <= 0 {
                isDead = true
                return (.cut, random)
            }
        }
        for index in planted.indices {
            guard planted[index].operation == operation, planted[index].times > 0,
                name.hasPrefix(planted[index].prefix)
            else { continue }
            if planted[index].skipping > 0 {
                planted[index].skipping -= 1
                continue
            }
            planted[index].times -= 1
            return (planted[index].effect, random)
        }
        let isSync = operation == .sync || operation == .syncFolder
        if isSync && random.chance(faults.lies) { return (.lied, random) }
        if random.chance(rate(of: operation)) {
            // A sync that reports a full disk has failed like any other.
            return (.failed(isSync && random.chance(250) ? .full : .other), random)
        }
        return (.done, random)
    }

    private func rate(of operation: DiskOperation) -> Int {
        switch operation {
        case .read: faults.reads
        case .write, .truncate: faults.writes
        case .sync: faults.syncs
        case .open, .rename, .remove, .syncFolder: faults.folder
        }
    }

    private mutating func nextRandom(_ operation: DiskOperation, _ file: Int?) -> SeededRandom {
        let count: Int
        if let file {
            files[file].counts[operation.rawValue] += 1
            count = files[file].counts[operation.rawValue]
        } else {
            counts[operation.rawValue] += 1
            count = counts[operation.rawValue]
        }
        var mixed = SeededRandom.mix(seed ^ crashes << 32)
        mixed = SeededRandom.mix(mixed ^ UInt64(operation.rawValue) << 48 ^ UInt64(count))
        return SeededRandom(seed: SeededRandom.mix(mixed ^ UInt64(truncatingIfNeeded: file ?? -1)))
    }

    // MARK: Files

    mutating func write(_ bytes: ArraySlice<UInt8>, at offset: Int, to file: Int) {
        files[file].write(bytes, at: offset)
    }

    mutating func truncate(_ file: Int, to size: Int) { files[file].truncate(to: size) }

    mutating func sync(_ file: Int) { files[file].sync() }

    mutating func failSync(_ file: Int, _ random: inout SeededRandom) {
        failedSyncs += 1
        files[file].failSync(&random)
    }

    mutating func rot(_ file: Int, at offset: Int, bit: Int) { files[file].rot(at: offset, bit: bit) }

    // MARK: Names

    mutating func create(_ name: String) -> Int {
        files.append(StoredFile())
        change([(name, files.count - 1)])
        return files.count - 1
    }

    mutating func change(_ names: [(name: String, file: Int?)]) {
        for (name, file) in names { folder[name] = file }
        changes.append(names)
    }

    mutating func syncFolder() {
        durableFolder = folder
        changes.removeAll()
    }

    /// Some changes of names are kept, some never will be, though programs still see them.
    mutating func failSyncFolder(_ random: inout SeededRandom) {
        let survival = Survival(&random, sectors: changes.count)
        for (rank, names) in changes.enumerated()
        where survival.choose(false, [true], rank: rank, &random) {
            for (name, file) in names { durableFolder[name] = file }
        }
        changes.removeAll()
    }

    // MARK: Crashes

    /// The disk as the next process finds it.
    func crashed(_ kind: Crash) -> DiskState {
        var next = self
        next.isDead = false
        next.changesUntilCut = nil
        next.planted = []
        next.crashes += 1
        next.log.note("--- crash of the \(kind)")
        guard kind == .power else { return next }
        var random = SeededRandom(seed: SeededRandom.mix(seed) ^ SeededRandom.mix(next.crashes))
        next.failSyncFolder(&random)
        next.folder = next.durableFolder
        let named = Set(next.folder.values)
        for index in next.files.indices {
            if named.contains(index) {
                next.files[index].losePower(garbage: faults.garbage, &random)
            } else {
                next.files[index] = StoredFile()
            }
        }
        return next
    }
}
