import Basics
import FilesDriver
import Integrity
import Model
import OpenSSLDriver
import Ports

/// One history: what was done, what was answered, and what must therefore be there.
struct LedgerHistory {
    /// What the disk is like.
    enum Temper: String {
        /// It fails, fills and loses its power, but keeps what it said was synced.
        case honest
        /// Some of its syncs do nothing.
        case lying
        /// Bits of what is synced flip.
        case rotting
        /// Sectors in flight hold garbage after the power went.
        case garbling
    }

    /// Something that failed and may yet have been done.
    enum Intent {
        case append([Submission], fresh: [Event])
        case forget(SubjectID, slots: [Int])
    }

    let seed: UInt64
    let subject: HistorySubject
    let temper: Temper
    let clock = TestClock()
    let randomness: SeededRandomness
    /// Holds what was acknowledged, and nothing else.
    let model: any Ledger
    var random: SeededRandom
    var events = HistoryEvents()
    var disk: FaultyDisk
    var engine: HistoryEngine?

    /// Batches that were sent, acknowledged or not, for resends.
    var sent: [[Submission]] = []
    /// What is in the ledger by number or key.
    var present: Set<HistoryEvents.Identity> = []
    /// Heads that were acknowledged.
    var roots: [Int64: ContentHash] = [:]
    /// Leaf hashes that were read once, by position.
    var leaves: [ContentHash] = []
    /// As many events were there at a clean stop, which leaves a signed head.
    var witnessed: Int64 = 0
    /// Whether that head may have been lost as well.
    var headsMayLie = false
    var uncertain: [Intent] = []
    /// Slots whose keys were destroyed.
    var destroyed: Set<Int> = []
    /// Whether faults were armed since the engine was opened: then it may refuse.
    var isDisturbed = false
    /// Whether something was uncertain since the engine was opened: then it must refuse.
    var isPoisoned = false
    var isRetained = false
    var retainedFrom: Int64 = 0
    var steps: [String] = []

    init(seed: UInt64, subject: HistorySubject) {
        self.seed = seed
        self.subject = subject
        var random = SeededRandom(seed: SeededRandom.mix(seed))
        let tempers: [Temper] = [.honest, .honest, .honest, .honest, .honest, .honest, .lying, .rotting, .garbling]
        temper = tempers[random.below(tempers.count)]
        self.random = random
        randomness = SeededRandomness(seed: SeededRandom.mix(seed &+ 1))
        model = subject.model(clock, SeededRandomness(seed: SeededRandom.mix(seed &+ 2)))
        disk = FaultyDisk(seed: SeededRandom.mix(seed &+ 3))
        if temper == .garbling { disk.faults.garbage = 300 }
    }

    var variety: Int { Int(truncatingIfNeeded: SeededRandom.mix(seed &+ 4) >> 1) }
    var size: Int64 { model.extent.size }

    func failure(_ what: String) -> HistoryFailure {
        HistoryFailure(seed: seed, what: "\(temper.rawValue): \(what)", steps: steps, disk: disk.history(last: 40))
    }

    func require(_ condition: Bool, _ what: @autoclosure () -> String) throws(HistoryFailure) {
        if !condition { throw failure(what()) }
    }

    mutating func note(_ step: String) {
        steps.append("\(steps.count) \(step)")
        disk.note(step)
    }

    // MARK: The course of a history

    mutating func play() async throws(HistoryFailure) {
        try await start()
        for _ in 0..<(4 + random.below(14)) {
            try await step()
            if engine == nil { return }
        }
        try await finish()
    }

    private mutating func step() async throws(HistoryFailure) {
        clock.advance(by: Int64(random.below(2000)) - 500)
        switch random.below(100) {
        case 0..<34: try await appendNew()
        case 34..<44: try await appendAgain()
        case 44..<50: try await appendAtOnce()
        case 50..<58: try await forget()
        case 58..<62: try await signHead()
        case 62..<66: _ = try await check(.sample)
        case 66..<69: try await retain()
        case 69..<74: try await fillDisk()
        case 74..<86: try arm()
        case 86..<91: try await stopAndStart()
        default: try await crashAndStart(random.chance(300) ? .process : .power)
        }
    }

    /// The last word: the power goes, and everything is looked at twice.
    private mutating func finish() async throws(HistoryFailure) {
        switch temper {
        case .honest: break
        case .lying, .garbling:
            try await appendNew()
            return try await endDeceived()
        case .rotting: return try await endRotten()
        }
        try await crashAndStart(.power)
        try await appendNew()
        try await stopAndStart()
        _ = try await check(.everything)
        try await stop()
    }

    // MARK: Faults

    /// Lets the disk fail some time from now.
    mutating func arm() throws(HistoryFailure) {
        isDisturbed = true
        switch temper {
        case .honest, .garbling: break
        case .rotting:
            isDisturbed = false
            return
        case .lying:
            if random.chance(500) {
                note("lie about segments from now on")
                disk.lie(.sync, on: "segment-", times: .max)
            } else {
                note("lie from now on")
                disk.faults.lies = [200, 500, 1000][random.below(3)]
                headsMayLie = true
            }
            return
        }
        switch random.below(6) {
        case 0:
            note("fail a sync")
            disk.fail(.sync, on: ["segment-", "keyring", ""][random.below(3)], skipping: random.below(3))
        case 1:
            note("fail a write")
            disk.fail(.write, on: ["segment-", "keyring", ""][random.below(3)], skipping: random.below(4))
        case 2:
            note("fail all over")
            (disk.faults.writes, disk.faults.syncs) = (random.below(150), random.below(150))
            (disk.faults.reads, disk.faults.folder) = (random.below(100), random.below(150))
        case 3:
            note("fail reads")
            disk.faults.reads = 1 + random.below(300)
        default:
            let changes = random.below(12)
            note("cut the power after \(changes) changes")
            disk.cutPower(after: changes)
        }
    }

    /// Ends all faults; a fault that already struck has its consequences.
    mutating func disarm() {
        let garbage = disk.faults.garbage
        disk.faults = .none
        disk.faults.garbage = garbage
        disk.capacity = nil
        disk.disarm()
    }
}
