internal import Basics
internal import Model

/// Finds what emerged among events: what was declared, and what measurements tell apart from chance.
struct EmergenceSearch {
    /// A window of what comes together.
    private static let minute: Int64 = 60_000
    /// So many devices make something collective.
    private static let company = 3

    /// From new to old.
    private(set) var all: [Emergence] = []
    /// Events with effects, from old to new.
    private let records: [FieldRecord]

    /// Takes events with effects, newest first.
    init(_ records: [FieldRecord]) {
        self.records = records.reversed()
        addDeclared()
        addBursts()
        addConvergences()
        addSynchronizations()
        addCrystallizations()
        all.sort { ($1.at, $1.position) < ($0.at, $0.position) }
    }

    private func of(_ kind: FieldKind) -> [FieldRecord] { records.filter { $0.kind == kind } }

    private mutating func add(
        _ kind: Emergence.Kind,
        _ source: Emergence.Source,
        _ record: FieldRecord,
        intensity: Double,
        participants: Int
    ) {
        all.append(
            Emergence(
                position: record.position,
                kind: kind,
                source: source,
                device: source == .declared ? record.device : nil,
                intensity: intensity,
                participants: participants,
                at: record.at
            )
        )
    }

    private mutating func addDeclared() {
        for record in records where record.kind == .bloom || record.kind == .roomBloom {
            add(.bloom, .declared, record, intensity: record.intensity?.value ?? 1, participants: 1)
        }
    }

    /// Minutes with more events than the decayed mean of those before lets expect: −log₁₀ p above 3.
    private mutating func addBursts() {
        guard let first = records.first?.at, let last = records.last?.at, last - first >= 5 * Self.minute else {
            return
        }
        var baseline = PoissonBaseline()
        var start = 0
        var window = first / Self.minute
        while start < records.count {
            var end = start
            while end < records.count, records[end].at / Self.minute <= window { end += 1 }
            if let surprise = baseline.surprise(of: end - start), end > start {
                let devices = Self.devices(records[start..<end])
                let strength = min(1, surprise / 10)
                add(.bloom, .detected, records[end - 1], intensity: Self.hundredths(strength), participants: devices)
            }
            baseline.add(end - start)
            (start, window) = (end, window + 1)
            // Where nothing was said for long, nothing is left to decay.
            if end < records.count, records[end].at / Self.minute > window + 600 {
                baseline = PoissonBaseline()
                window = records[end].at / Self.minute
            }
        }
    }

    /// Spirals of several devices near one cell within a minute.
    private mutating func addConvergences() {
        let spirals = of(.spiral).compactMap { record in
            QuantumField(record.event(chosen: .origin)).map { (record: record, cell: $0.cell) }
        }
        var used = Int64.min
        for (index, last) in spirals.enumerated() where last.record.at >= used {
            let near = spirals[...index].reversed().prefix { last.record.at - $0.record.at < Self.minute }
                .filter { abs($0.cell.x - last.cell.x) <= 3 && abs($0.cell.y - last.cell.y) <= 3 }
            let devices = Self.devices(near.map(\.record))
            guard devices >= Self.company else { continue }
            let mean = near.reduce(0) { $0 + ($1.record.intensity?.value ?? 0) } / Double(near.count)
            let intensity = Self.hundredths(mean)
            add(.spiralConvergence, .detected, last.record, intensity: intensity, participants: devices)
            used = last.record.at + Self.minute
        }
    }

    /// Phases of breaths within a minute that chance would bring together once in a thousand.
    private mutating func addSynchronizations() {
        let breaths = of(.breath).compactMap { record -> (record: FieldRecord, phase: Double)? in
            guard case .breath(_, let phase?) = record.event(chosen: .origin).content else { return nil }
            return (record, phase)
        }
        var used = Int64.min
        for (index, last) in breaths.enumerated() where last.record.at >= used {
            let near = breaths[...index].reversed().prefix { last.record.at - $0.record.at < Self.minute }
            let devices = Self.devices(near.map(\.record))
            let order = PhaseOrder(near.map(\.phase))
            guard devices >= Self.company, near.count >= 5, order.chance < 1e-3 else { continue }
            let intensity = Self.hundredths(order.coherence)
            add(.breathSynchronization, .detected, last.record, intensity: intensity, participants: devices)
            used = last.record.at + Self.minute
        }
    }

    /// One phrase from several devices within an hour.
    private mutating func addCrystallizations() {
        var groups: [PhraseKey: [FieldRecord]] = [:]
        var done: Set<PhraseKey> = []
        for record in of(.phrase) {
            guard case .phrase(let phrase, _, _) = record.event(chosen: .origin).content else { continue }
            let key = PhraseKey(text: phrase)
            groups[key, default: []].append(record)
            groups[key]?.removeAll { record.at - $0.at > 60 * Self.minute }
            let group = groups[key] ?? []
            let devices = Self.devices(group)
            guard devices >= Self.company, done.insert(key).inserted else { continue }
            let mean = group.reduce(0) { $0 + ($1.intensity?.value ?? 0) } / Double(group.count)
            let intensity = Self.hundredths(mean)
            add(.memoryCrystallization, .detected, record, intensity: intensity, participants: devices)
        }
    }

    private static func devices(_ records: some Collection<FieldRecord>) -> Int {
        Set(records.map { PhraseKey(text: $0.device) }).count
    }

    private static func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

/// How much phases agree: the Kuramoto order parameter, and how often chance gives as much.
package struct PhaseOrder: Sendable, Hashable {
    package let count: Int
    /// |mean e^{iθ}|, 0 to 1; independent phases give about 0.886/√N.
    package let coherence: Double
    /// Rayleigh: e^{−N·C²}.
    package var chance: Double { count == 0 ? 1 : Elementary.exp(-Double(count) * coherence * coherence) }

    /// Takes phases in degrees.
    package init(_ phases: some Sequence<Double>) {
        var count = 0
        var (x, y) = (0.0, 0.0)
        for phase in phases {
            let (sine, cosine) = Elementary.sinCos(degrees: phase)
            x += cosine
            y += sine
            count += 1
        }
        self.count = count
        coherence = count == 0 ? 0 : (x * x + y * y).squareRoot() / Double(count)
    }
}

/// What a window's count is expected to be: an exponentially weighted mean of the counts before.
package struct PoissonBaseline: Sendable, Hashable {
    private var weighted = 0.0
    private var weight = 0.0
    private static let decay = 0.9

    package init() {}

    package mutating func add(_ count: Int) {
        weighted = weighted * Self.decay + Double(count)
        weight = weight * Self.decay + 1
    }

    /// −log₁₀ of how likely so many or more are; nil unless above 3, and before five windows were seen.
    package func surprise(of count: Int) -> Double? {
        // Σ 0.9^i of five windows.
        guard weight >= 4.09 else { return nil }
        // One more than was seen, so that silence expects something; and the mean is no better known than by its error.
        let seen = (weighted + 1) / (weight + 1)
        let mean = seen + (seen / weight).squareRoot()
        let value = Self.surprise(count, mean: mean)
        return value > 3 ? value : nil
    }

    /// −log₁₀ P(X ≥ count) of a Poisson distribution.
    package static func surprise(_ count: Int, mean: Double) -> Double {
        guard Double(count) > mean else { return 0 }
        // The first term, as a logarithm, and the rest relative to it.
        var logTerm = -mean
        for place in 1...count { logTerm += Elementary.log(mean / Double(place)) }
        var sum = 1.0
        var term = 1.0
        var place = count + 1
        while term > 1e-17 * sum {
            term *= mean / Double(place)
            sum += term
            place += 1
        }
        return -(logTerm + Elementary.log(sum)) / 2.302_585_092_994_045_7
    }
}
