internal import Basics
package import FilesDriver

/// A disk in memory that plays every fault of a real one, the same for the same seed.
///
/// What a program wrote it reads back. What a crash leaves is another matter: of the sectors written since the last
/// sync each holds its old content or any that it had since, the file any of its lengths, and the folder any of the
/// changes of names that `syncFolder` did not cover. A sync that failed has kept some sectors and forgotten the
/// others for good, but goes on to show them until the power goes, like a page cache that calls its pages clean. A
/// sync that lies returns and does nothing.
///
/// Each fault depends on the seed, the file and the number of such operations on it alone, so that readers beside
/// the writer do not change what the writer meets.
package final class FaultyDisk: Disk {
    private let state: Lock<DiskState>

    /// `capacity` in bytes; nil has room for all.
    package init(seed: UInt64, faults: DiskFaults = .none, capacity: Int? = nil) {
        state = Lock(DiskState(seed: seed, faults: faults, capacity: capacity))
    }

    private init(_ state: DiskState) { self.state = Lock(state) }

    // MARK: Disk

    package func names() throws(DiskError) -> [String] {
        try state.withLock { state throws(DiskError) in
            guard !state.isDead else { throw Self.error(.cut, .open, ".") }
            return Array(state.folder.keys)
        }
    }

    package func open(_ name: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let number = try state.withLock { state throws(DiskError) in
            try Self.begin(.open, state.folder[name], name, .none, &state)
            switch (state.folder[name], mode) {
            case (nil, .create): return state.create(name)
            case (nil, _): throw DiskError(.notFound, operation: "open", name: name, code: 2)
            case (.some, .create): throw DiskError(.exists, operation: "open", name: name, code: 17)
            case (let number?, _): return number
            }
        }
        return FaultyFile(of: self, number: number, name: name, mode: mode)
    }

    package func rename(_ name: String, to newName: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            try Self.begin(.rename, nil, name, .name(newName), &state)
            guard let file = state.folder[name] else {
                throw DiskError(.notFound, operation: "rename", name: name, code: 2)
            }
            state.change([(name, nil), (newName, file)])
        }
    }

    package func remove(_ name: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            try Self.begin(.remove, nil, name, .none, &state)
            guard state.folder[name] != nil else {
                throw DiskError(.notFound, operation: "remove", name: name, code: 2)
            }
            state.change([(name, nil)])
        }
    }

    package func syncFolder() throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            var (effect, random) = state.effect(of: .syncFolder, on: nil, named: ".")
            state.log.add(.syncFolder, ".", .none, effect)
            switch effect {
            case .done: state.syncFolder()
            case .lied: state.lies += 1
            case .failed: state.failSyncFolder(&random)
            case .cut: break
            }
            try Self.check(effect, .syncFolder, ".")
        }
    }

    // MARK: Files

    func size(of file: Int, named name: String) throws(DiskError) -> Int64 {
        try state.withLock { state throws(DiskError) in
            guard !state.isDead else { throw Self.error(.cut, .read, name) }
            return Int64(state.file(file).size)
        }
    }

    func read(_ file: Int, named name: String, count: Int, at offset: Int64) throws(DiskError) -> [UInt8] {
        try state.withLock { state throws(DiskError) in
            try Self.begin(.read, file, name, .bytes(count: count, offset: Int(offset)), &state)
            return state.file(file).read(count: count, at: Int(offset))
        }
    }

    func write(_ bytes: ArraySlice<UInt8>, at offset: Int64, to file: Int, named name: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            var (effect, random) = state.effect(of: .write, on: file, named: name)
            var kept = bytes
            if effect == .done, let room = Self.room(for: bytes, at: Int(offset), in: file, state) {
                kept = bytes.prefix(room)
                effect = .failed(.full)
            }
            state.log.add(.write, name, .bytes(count: bytes.count, offset: Int(offset)), effect)
            if effect != .done && effect != .failed(.full) {
                kept = bytes.prefix(random.chance(250) ? bytes.count : random.below(bytes.count + 1))
            }
            if !kept.isEmpty { state.write(kept, at: Int(offset), to: file) }
            try Self.check(effect, .write, name)
        }
    }

    func truncate(_ file: Int, to size: Int64, named name: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            var (effect, random) = state.effect(of: .truncate, on: file, named: name)
            state.log.add(.truncate, name, .size(Int(size)), effect)
            if effect == .done || random.chance(500) { state.truncate(file, to: Int(size)) }
            try Self.check(effect, .truncate, name)
        }
    }

    func sync(_ file: Int, named name: String) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            var (effect, random) = state.effect(of: .sync, on: file, named: name)
            state.log.add(.sync, name, .none, effect)
            switch effect {
            case .done: state.sync(file)
            case .lied: state.lies += 1
            case .failed: state.failSync(file, &random)
            case .cut: break
            }
            try Self.check(effect, .sync, name)
        }
    }

    /// How many of the bytes find room; nil when all do.
    private static func room(
        for bytes: ArraySlice<UInt8>,
        at offset: Int,
        in file: Int,
        _ state: DiskState
    ) -> Int? {
        guard let capacity = state.capacity else { return nil }
        let needed = state.file(file).unallocated(count: bytes.count, at: offset) * StoredFile.sectorSize
        let free = max(0, capacity - state.used)
        guard needed > free else { return nil }
        return max(0, bytes.count - needed + free)
    }

    private static func begin(
        _ operation: DiskOperation,
        _ file: Int?,
        _ name: String,
        _ detail: DiskLog.Detail,
        _ state: inout DiskState
    ) throws(DiskError) {
        let (effect, _) = state.effect(of: operation, on: file, named: name)
        state.log.add(operation, name, detail, effect)
        try check(effect, operation, name)
    }

    private static func check(_ effect: DiskEffect, _ operation: DiskOperation, _ name: String) throws(DiskError) {
        guard effect == .done || effect == .lied else { throw error(effect, operation, name) }
    }

    private static func error(_ effect: DiskEffect, _ operation: DiskOperation, _ name: String) -> DiskError {
        switch effect {
        case .failed(.full): DiskError(.full, operation: "\(operation)", name: name, code: 28)
        case .failed(.readOnly): DiskError(.readOnly, operation: "\(operation)", name: name, code: 30)
        case .failed(let kind): DiskError(kind, operation: "\(operation)", name: name, code: 5)
        case .done, .lied, .cut: DiskError(.other, operation: "\(operation)", name: name, code: 5)
        }
    }
}

// MARK: - What tests do to it

extension FaultyDisk {
    /// The disk as the next process finds it; this one answers nothing but errors from now on.
    package func crash(_ kind: Crash) -> FaultyDisk {
        FaultyDisk(
            state.withLock { state in
                let next = state.crashed(kind)
                state.isDead = true
                return next
            }
        )
    }

    /// A second disk with the same content: what a backup would hold.
    package func copy() -> FaultyDisk { FaultyDisk(state.withLock { $0 }) }

    package var faults: DiskFaults {
        get { state.withLock { $0.faults } }
        set { state.withLock { $0.faults = newValue } }
    }

    /// How many bytes find room; nil when all do.
    package var capacity: Int? {
        get { state.withLock { $0.capacity } }
        set { state.withLock { $0.capacity = newValue } }
    }

    /// How many bytes are taken.
    package var used: Int { state.withLock { $0.used } }

    /// Cuts the power in the middle of the change after the next `changes` ones.
    package func cutPower(after changes: Int) { state.withLock { $0.changesUntilCut = changes } }

    /// Takes back planted faults and a power cut that did not strike yet.
    package func disarm() {
        state.withLock { state in
            state.planted = []
            state.changesUntilCut = nil
        }
    }

    /// Whether the power is cut.
    package var isDead: Bool { state.withLock { $0.isDead } }

    /// Fails `times` operations on files whose names begin with `prefix`, after `skipping` of them.
    package func fail(
        _ operation: DiskOperation,
        on prefix: String = "",
        skipping: Int = 0,
        times: Int = 1,
        with kind: DiskError.Kind = .other
    ) {
        plant(operation, prefix, skipping, times, .failed(kind))
    }

    /// Lets `times` syncs of files whose names begin with `prefix` lie, after `skipping` of them.
    package func lie(_ operation: DiskOperation = .sync, on prefix: String = "", skipping: Int = 0, times: Int = 1) {
        plant(operation, prefix, skipping, times, .lied)
    }

    private func plant(
        _ operation: DiskOperation,
        _ prefix: String,
        _ skipping: Int,
        _ times: Int,
        _ effect: DiskEffect
    ) {
        let fault = PlantedFault(
            operation: operation,
            prefix: prefix,
            skipping: skipping,
            times: times,
            effect: effect
        )
        state.withLock { $0.planted.append(fault) }
    }

    /// Flips a bit of what is synced.
    package func rot(_ name: String, at offset: Int, bit: Int) {
        state.withLock { state in
            guard let file = state.folder[name] else { return }
            state.log.note("rot \(name) at \(offset), bit \(bit)")
            state.rot(file, at: offset, bit: bit)
        }
    }

    /// How many syncs threw, how many lied, and how many operations there were.
    package var failedSyncs: Int { state.withLock { $0.failedSyncs } }
    package var lies: Int { state.withLock { $0.lies } }
    package var operations: Int { state.withLock { $0.log.count } }

    /// Writes a line into the history.
    package func note(_ text: String) { state.withLock { $0.log.note(text) } }

    /// The last operations, one a line.
    package func history(last limit: Int = 60) -> String { state.withLock { $0.log.text(last: limit) } }
}
