import Basics
import Conflicts
import Model
import TestSupport

/// Devices that write one subject, each knowing what it was told: the truth that histories are compared with.
struct WriteUniverse {
    struct Fact {
        let write: CausalWrite
        /// The positions that its device knew.
        let past: Set<Int64>
    }

    private(set) var facts: [Fact] = []

    init(seed: UInt64, devices: Int, writes: Int) throws {
        var random = SeededRandom(seed: seed)
        let names = try (0..<devices).map { try AgentID("device-\($0)") }
        var known = [Set<Int64>](repeating: [], count: devices)
        var clocks = [VectorClock](repeating: VectorClock(), count: devices)
        var counters = [Int64](repeating: 0, count: devices)
        while facts.count < writes {
            let device = random.below(devices)
            if random.chance(450) {
                // It hears from another.
                let other = random.below(devices)
                known[device].formUnion(known[other])
                clocks[device] = try clocks[device].merged(with: clocks[other])
                continue
            }
            let position = Int64(facts.count) * 3
            let write = CausalWrite(
                position: Position(position),
                by: names[device],
                clock: random.chance(80) ? nil : clocks[device],
                after: counters[device],
                standing: try Standing(
                    resonance: Double(random.below(3)) / 4,
                    at: Int64(random.below(3)),
                    hash: requireNotNil(ContentHash(random.bytes(32)))
                )
            )
            if write.past == .everything {
                // Whoever says nothing of a clock follows all that stands below.
                known[device] = Set(facts.map(\.write.position.index))
                for fact in facts { clocks[device] = try clocks[device].merged(with: fact.write.clock) }
            }
            facts.append(Fact(write: write, past: known[device]))
            known[device].insert(position)
            counters[device] = write.dot.counter.value
            clocks[device] = try clocks[device].merged(with: VectorClock([(names[device], counters[device])]))
        }
    }

    func areConcurrent(_ one: Fact, _ other: Fact) -> Bool {
        one.write.position != other.write.position && !one.past.contains(other.write.position.index)
            && !other.past.contains(one.write.position.index)
    }

    /// Of the writes that nobody has seen, the one of the highest standing.
    var current: Fact? {
        let seen = facts.reduce(into: Set<Int64>()) { $0.formUnion($1.past) }
        return facts.filter { !seen.contains($0.write.position.index) }
            .max { $0.write.standing < $1.write.standing }
    }

    /// Loser and winner, by the definition.
    var losses: [Int64: Int64] {
        guard let current else { return [:] }
        var losses: [Int64: Int64] = [:]
        for fact in facts where fact.write.position != current.write.position {
            let stronger = facts.filter { areConcurrent(fact, $0) && fact.write.standing < $0.write.standing }
            if let winner = stronger.max(by: { $0.write.standing < $1.write.standing }) {
                losses[fact.write.position.index] = winner.write.position.index
            } else if areConcurrent(fact, current) {
                losses[fact.write.position.index] = current.write.position.index
            }
        }
        return losses
    }
}
