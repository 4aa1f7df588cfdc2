internal import Basics
package import Model
package import Ports

/// What a device asks of a snapshot.
package struct SnapshotQuery: Sendable, Hashable {
    package enum Part: Sendable, Hashable { case archaeology, vectors }

    package var parts: Set<Part> = [.vectors]
    /// How many of its own events, 1 to 100.
    package var eventLimit = 30

    package init() {}
}

/// The field as one device sees it.
package struct FieldSnapshot: Sendable {
    package let numbers: FieldNumbers
    /// At most 15, newest first.
    package let particles: [Particle]
    /// At most 5, newest first.
    package let fields: [QuantumField]
    /// The device's own, newest first.
    package let events: [FieldRecord]
    /// Nil unless asked for.
    package let traces: MemoryTraces?
    /// Empty unless archaeology was asked for.
    package let patterns: [EmergencePattern]
    /// Nil unless vectors were asked for.
    package let movement: FieldMovement?
}

/// What a snapshot shows of how the field moves; each part from what is listed, none made up.
package struct FieldMovement: Sendable {
    package let flow: FieldFlow
    /// What emerged in the last five minutes, newest first.
    package let signals: [Emergence]
    /// Of the listed particles: their number, mean intensity, and the share of crystals.
    package let particleCount: Int
    package let meanIntensity: Double
    package let crystallizationRate: Double
    /// How often each phrase stands among the listed particles, the most frequent first, at most 50.
    package let phrases: [(phrase: String, count: Int)]
}

extension FieldReader {
    package static let snapshotParticles = 15
    package static let snapshotFields = 5

    /// The field as one device sees it, at a moment.
    package func snapshot(
        _ query: SnapshotQuery,
        of device: AgentID,
        at moment: FieldMoment = .now,
        now: Int64
    ) async throws(StoreError) -> FieldSnapshot {
        let numbers = try await numbers(at: moment, now: now)
        let end = (numbers.position?.index ?? -1) + 1
        let listed = moment == .now ? try await particles(now: now) : nil
        let content = try await rows.read { snapshot throws(StoreError) in
            let particles: [Particle]
            if let listed {
                particles = listed
            } else {
                particles = try snapshot.particles(before: end, Particle.limit)
            }
            return SnapshotContent(
                particles: particles,
                fields: try snapshot.quantumFields(before: end, Self.snapshotFields),
                own: try snapshot.recent(query.eventLimit, of: device, before: end),
                all: query.parts.contains(.vectors) ? try snapshot.recent(30, before: end) : [],
                share: try snapshot.sums(through: end - 1).share
            )
        }
        let time = numbers.position == nil || moment == .now ? now : numbers.lastUpdate
        var traces: MemoryTraces?
        var patterns: [EmergencePattern] = []
        if query.parts.contains(.archaeology) {
            let day = ArchaeologyQuery(range: (time - ArchaeologyQuery.day)...time)
            traces = try await memoryTraces(day)
            patterns = try await self.patterns(day).patterns
        }
        var movement: FieldMovement?
        if query.parts.contains(.vectors) {
            let recent = ArchaeologyQuery(range: (time - FieldTotals.activity)...time)
            movement = FieldMovement(content, signals: Array(try await emergence(recent).events.prefix(10)))
        }
        return FieldSnapshot(
            numbers: numbers,
            particles: Array(content.particles.prefix(Self.snapshotParticles)),
            fields: content.fields,
            events: content.own,
            traces: traces,
            patterns: patterns,
            movement: movement
        )
    }
}

/// What the rows give for a snapshot.
struct SnapshotContent: Sendable {
    let particles: [Particle]
    let fields: [QuantumField]
    let own: [FieldRecord]
    let all: [FieldRecord]
    let share: Share
}

extension FieldMovement {
    init(_ content: SnapshotContent, signals: [Emergence]) {
        flow = FieldFlow(content.all, content.share)
        self.signals = signals
        let particles = content.particles
        particleCount = particles.count
        let count = Double(max(1, particles.count))
        meanIntensity = Double(particles.reduce(0) { $0 + $1.intensity.hundredths }) / 100 / count
        crystallizationRate = Double(particles.count { $0.isCrystallized }) / count
        var counts = ByteCounts()
        for particle in particles { counts.add(particle.phrase) }
        phrases = counts.mostFrequent(50)
    }
}

/// Counts texts by their bytes.
struct ByteCounts {
    private(set) var entries: [(phrase: String, count: Int)] = []
    private var places: [PhraseKey: Int] = [:]

    mutating func add(_ text: String) {
        if let place = places[PhraseKey(text: text)] {
            entries[place].count += 1
        } else {
            places[PhraseKey(text: text)] = entries.count
            entries.append((text, 1))
        }
    }

    /// Among equals the one that was added first.
    func mostFrequent(_ limit: Int) -> [(phrase: String, count: Int)] {
        let order = entries.indices.sorted { (entries[$1].count, $0) < (entries[$0].count, $1) }
        return order.prefix(limit).map { entries[$0] }
    }
}

/// A text that compares as its bytes.
struct PhraseKey: Hashable, Sendable {
    let text: String

    static func == (one: Self, other: Self) -> Bool { one.text.hasSameBytes(as: other.text) }
    func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
}
