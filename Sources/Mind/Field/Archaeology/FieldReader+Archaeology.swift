internal import Basics
internal import Model
package import Ports

// Archaeology reaches everything that was ever said and not forgotten: it reads the events' rows by their times.

extension FieldReader {
    /// Which kinds of events came, how strong, from how many, and when most.
    package func patterns(_ query: ArchaeologyQuery) async throws(StoreError) -> EmergencePatterns {
        let records = try await records(query)
        var kinds: [FieldKind: [FieldRecord]] = [:]
        for record in records { kinds[record.kind, default: []].append(record) }
        let patterns = FieldKind.allCases.compactMap { kind in kinds[kind].map { EmergencePattern(kind, $0) } }
        let listed = patterns.filter { query.lists($0.avgIntensity) }
            .sorted { ($1.frequency, $0.kind.rawValue) < ($0.frequency, $1.kind.rawValue) }
        return EmergencePatterns(patterns: listed, totalEvents: records.count, timeSpan: query.timeSpan)
    }

    /// The particles that phrases made.
    package func memoryTraces(_ query: ArchaeologyQuery) async throws(StoreError) -> MemoryTraces {
        let particles = try await particles(query)
        let (listed, next) = query.page(particles.filter { query.lists($0) }) { ($0.at, $0.position) }
        return MemoryTraces(
            fragments: listed,
            totalMemories: particles.count,
            crystallizedCount: particles.count { $0.isCrystallized },
            next: next
        )
    }

    /// What was said, how often and by how many.
    package func sacredHistory(_ query: ArchaeologyQuery) async throws(StoreError) -> SacredHistory {
        let particles = try await particles(query)
        var groups: [[Particle]] = []
        var places: [PhraseKey: Int] = [:]
        for particle in particles {
            let key = PhraseKey(text: particle.phrase)
            if let place = places[key] {
                groups[place].append(particle)
            } else {
                places[key] = groups.count
                groups.append([particle])
            }
        }
        let histories = groups.map { PhraseHistory($0) }
            .filter { query.lists($0.avgIntensity) && query.lists(phrase: $0.phrase) }
            .sorted { ($1.count, $1.lastSeen) < ($0.count, $0.lastSeen) }
        let (recent, next) = query.page(particles.filter { query.lists($0) }) { ($0.at, $0.position) }
        return SacredHistory(
            phrases: Array(histories.prefix(query.limit)),
            recent: recent,
            totalPhrases: particles.count,
            uniquePhrases: groups.count,
            timeSpan: query.timeSpan,
            next: next
        )
    }

    /// What was declared to emerge, and what is found to have.
    package func emergence(_ query: ArchaeologyQuery) async throws(StoreError) -> Emergences {
        let records = try await records(query)
        let found = EmergenceSearch(records).all
        let (listed, next) = query.page(found.filter { query.lists($0.intensity) }) { ($0.at, $0.position) }
        return Emergences(events: listed, totalEvents: found.count, timeSpan: query.timeSpan, next: next)
    }

    /// Events with effects, newest first.
    private func records(_ query: ArchaeologyQuery) async throws(StoreError) -> [FieldRecord] {
        try await rows.read { snapshot throws(StoreError) in try snapshot.records(query) }
    }

    private func particles(_ query: ArchaeologyQuery) async throws(StoreError) -> [Particle] {
        try await rows.read { snapshot throws(StoreError) in
            var particles: [Particle] = []
            for record in try snapshot.records(query) where record.kind == .phrase {
                if let particle = try snapshot.particle(record) { particles.append(particle) }
            }
            return particles
        }
    }
}

extension ArchaeologyQuery {
    func lists(_ particle: Particle) -> Bool { lists(particle.intensity.value) && lists(phrase: particle.phrase) }

    /// A page of a list from new to old, and where the next one begins.
    func page<Item>(
        _ items: [Item],
        _ place: (Item) -> (at: Int64, position: Position)
    ) -> ([Item], ArchaeologyCursor?) {
        let rest = items.filter { isBehind(place($0).at, place($0).position) }
        let page = Array(rest.prefix(limit))
        guard rest.count > page.count, let last = page.last.map(place) else { return (page, nil) }
        return (page, ArchaeologyCursor(at: last.at, position: last.position))
    }
}

extension RowsSnapshot {
    /// What a query counts, newest first.
    fileprivate func records(_ query: ArchaeologyQuery) throws(StoreError) -> [FieldRecord] {
        var records: [FieldRecord] = []
        if query.devices.isEmpty {
            let scan = Scan(FieldTables.events, by: ["timestamp"])
            try add(scan, query, to: &records)
            return records
        }
        for device in Set(query.devices) {
            let scan = Scan(FieldTables.events, by: ["device_id", "timestamp"], prefix: [.text(device.text)])
            try add(scan, query, to: &records)
        }
        return records.sorted { ($1.at, $1.position) < ($0.at, $0.position) }
    }

    private func add(
        _ scan: Scan,
        _ query: ArchaeologyQuery,
        to records: inout [FieldRecord]
    ) throws(StoreError) {
        var scan = scan
        scan.from = .including(.integer(query.range.lowerBound))
        scan.to = .including(.integer(query.range.upperBound))
        scan.order = .descending
        try self.scan(scan) { row throws(StoreError) in
            let record = try FieldRecord(row)
            if record.processed { records.append(record) }
            return .next
        }
    }
}

extension EmergencePattern {
    /// Of events of one kind, newest first; there is one at least.
    fileprivate init(_ kind: FieldKind, _ records: [FieldRecord]) {
        self.kind = kind
        frequency = records.count
        let intensities = records.compactMap(\.intensity)
        let sum = intensities.reduce(0) { $0 + $1.hundredths }
        avgIntensity = Double(sum) / 100 / Double(max(1, intensities.count))
        participatingDevices = Set(records.map { PhraseKey(text: $0.device) }).count
        peakTime = Self.peak(records.map(\.at))
    }

    /// The middle one of the times in the densest minute; `times` fall.
    private static func peak(_ times: [Int64]) -> Int64 {
        var best = 0..<0
        var first = 0
        for last in times.indices {
            while times[first] - times[last] >= 60_000 { first += 1 }
            if last + 1 - first > best.count { best = first..<(last + 1) }
        }
        return best.isEmpty ? 0 : times[best.lowerBound + best.count / 2]
    }
}

extension PhraseHistory {
    /// Of particles with one phrase; there is one at least.
    fileprivate init(_ particles: [Particle]) {
        phrase = particles.first?.phrase ?? ""
        count = particles.count
        devices = Set(particles.map { PhraseKey(text: $0.device) }).count
        avgIntensity = Double(particles.reduce(0) { $0 + $1.intensity.hundredths }) / 100 / Double(particles.count)
        firstSeen = particles.map(\.at).min() ?? 0
        lastSeen = particles.map(\.at).max() ?? 0
    }
}
