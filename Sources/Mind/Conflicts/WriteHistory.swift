package import Model

/// The latest writes of one subject, such as a cell or a room: which of them is current, and which lost, and to whom.
///
/// A pure function of the set of writes that it was given, in whatever order and however often, as long as they are no
/// more than `capacity`: each pair is judged by itself. Current is, of the writes that no other has seen, the one of
/// the highest standing. A write has lost when a concurrent one stands higher, or is current instead of it. So every
/// write is current, seen by what is current, or lost, and recorded as such. Beyond the capacity the oldest that others
/// have seen are let go, then the lowest that lost: their records stay, and nothing is compared with them any more.
///
/// A step looks at each write once.
package struct WriteHistory: Sendable, Hashable {
    package static let capacity = 16

    /// A write, with what is known of it by now.
    package struct Kept: Sendable, Hashable {
        package let write: CausalWrite
        /// Whether a later write had seen it.
        package internal(set) var isSeen = false
        /// Of the concurrent writes that stand higher, the highest.
        package internal(set) var beater: CausalWrite?

        init(_ write: CausalWrite) { self.write = write }
    }

    /// In the order of their positions.
    package private(set) var kept: [Kept] = []
    private let capacity: Int

    package init(capacity: Int = WriteHistory.capacity) {
        precondition(capacity > 1, "two writes are compared")
        self.capacity = capacity
    }

    /// Takes up what `kept` was; for snapshots.
    init(kept: [Kept], capacity: Int = WriteHistory.capacity) {
        self.init(capacity: capacity)
        self.kept = kept
    }

    // MARK: Asking

    /// What the subject shows; nil before the first write.
    package var current: CausalWrite? {
        kept.lazy.filter { !$0.isSeen }.map(\.write).max { ($0.standing, $1.position) < ($1.standing, $0.position) }
    }

    /// What lost, in the order of positions.
    package var losses: [Loss] {
        guard let current else { return [] }
        return kept.compactMap { entry in
            guard entry.write.position != current.position else { return nil }
            if let beater = entry.beater { return Loss(entry.write, to: beater) }
            return entry.write.isConcurrent(with: current) ? Loss(entry.write, to: current) : nil
        }
    }

    /// All that whoever is served this subject has seen, beside what it had seen before.
    package func clock(beside assumed: VectorClock = VectorClock()) -> VectorClock {
        var dots: [AgentID: Dot] = [:]
        var order: [AgentID] = []
        for entry in kept.reversed() {
            let dot = entry.write.dot
            if let known = dots[dot.agent] {
                if known.counter < dot.counter { dots[dot.agent] = dot }
            } else {
                dots[dot.agent] = dot
                order.append(dot.agent)
            }
        }
        return assumed.trimmed(toHold: order.compactMap { dots[$0] })
    }

    // MARK: Changing

    /// What one more write changed.
    package struct Outcome: Sendable, Hashable {
        /// What the subject shows now.
        package let current: Position
        /// The write was there already, or is too old to be compared: nothing changed.
        package let isKnown: Bool
        /// New losses, and those that have another winner now; the write itself may be among them.
        package let lost: [Loss]
        /// What had lost, and is current again.
        package let regained: [Position]
    }

    /// Takes one more write in.
    package mutating func step(_ write: CausalWrite) -> Outcome {
        let place = kept.firstIndex { $0.write.position >= write.position } ?? kept.count
        if place < kept.count, kept[place].write.position == write.position, let current {
            return Outcome(current: current.position, isKnown: true, lost: [], regained: [])
        }
        let before = losses
        var entry = Kept(write)
        for index in kept.indices { Self.judge(&kept[index], &entry) }
        kept.insert(entry, at: place)
        let after = losses
        letGo()
        let current = current ?? write
        let known = Set(before)
        let stillLost = Set(after.map(\.loser))
        return Outcome(
            current: current.position,
            isKnown: false,
            lost: after.filter { !known.contains($0) },
            regained: before.map(\.loser).filter { !stillLost.contains($0) }
        )
    }

    private static func judge(_ one: inout Kept, _ other: inout Kept) {
        if other.write.follows(one.write) {
            one.isSeen = true
        } else if one.write.follows(other.write) {
            other.isSeen = true
        } else if one.write.standing < other.write.standing {
            one.beater = higher(one.beater, other.write)
        } else {
            other.beater = higher(other.beater, one.write)
        }
    }

    private static func higher(_ known: CausalWrite?, _ other: CausalWrite) -> CausalWrite {
        guard let known else { return other }
        return (known.standing, other.position) < (other.standing, known.position) ? other : known
    }

    private mutating func letGo() {
        guard kept.count > capacity, let current else { return }
        if let oldest = kept.firstIndex(where: \.isSeen) {
            kept.remove(at: oldest)
            return
        }
        let lowest = kept.indices.filter { kept[$0].write.position != current.position }
            .min { kept[$0].write.standing < kept[$1].write.standing }
        if let lowest { kept.remove(at: lowest) }
    }

    /// Drops the writes of a device whose words were forgotten; what is left is judged anew.
    package mutating func forget(_ device: AgentID) {
        let rest = kept.filter { $0.write.device != device }.map(\.write)
        self = WriteHistory(capacity: capacity)
        for write in rest { _ = step(write) }
    }
}

/// A write that lost to another that had not seen it.
package struct Loss: Sendable, Hashable {
    package let loser: Position
    package let winner: Position
    package let loserDevice: AgentID
    package let winnerDevice: AgentID
    package let loserClock: VectorClock
    package let winnerClock: VectorClock
    package let rule: Standing.Rule

    init(_ loser: CausalWrite, to winner: CausalWrite) {
        self.loser = loser.position
        self.winner = winner.position
        loserDevice = loser.device
        winnerDevice = winner.device
        loserClock = loser.clock
        winnerClock = winner.clock
        rule = winner.standing.rule(against: loser.standing)
    }
}
