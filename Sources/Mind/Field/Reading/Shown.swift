internal import Basics
internal import Model
internal import Ports

/// What memory holds of the field at one position.
struct Shown: Sendable {
    let position: Position?
    let totals: FieldTotals
    /// JSON, as the tables hold it.
    let particleList: [UInt8]
    let fieldList: [UInt8]
    /// The listed particles, newest first.
    let particles: [Particle]
    /// Everybody seen up to then is in the presence.
    let seenThrough: Int64
    private let bytes = Lock<PreparedState?>(nil)

    init(
        position: Position?,
        totals: FieldTotals,
        particleList: [UInt8],
        fieldList: [UInt8],
        particles: [Particle]
    ) {
        self.position = position
        self.totals = totals
        self.particleList = particleList
        self.fieldList = fieldList
        self.particles = particles
        seenThrough = totals.received
    }

    var index: Int64 { position?.index ?? -1 }

    func numbers(_ activeNodes: Int, _ startedAt: Int64) -> FieldNumbers {
        FieldNumbers(
            position: position,
            globalResonance: totals.share.globalResonance,
            activeNodes: activeNodes,
            collectiveIntelligence: totals.share.collectiveIntelligence,
            activeRooms: Int(totals.activeRooms),
            lastUpdate: totals.lastUpdate == 0 ? startedAt : totals.lastUpdate,
            particles: totals.particles,
            quantumFields: totals.fields
        )
    }

    /// The bytes of the state, made again when the number of active nodes has changed.
    func prepared(_ activeNodes: Int, _ startedAt: Int64) -> PreparedState {
        if let known = bytes.withLock({ $0 }), known.numbers.activeNodes == activeNodes { return known }
        let prepared = PreparedState(numbers(activeNodes, startedAt), particleList, fieldList)
        bytes.withLock { $0 = prepared }
        return prepared
    }
}

extension PreparedState {
    init(_ numbers: FieldNumbers, _ particles: [UInt8], _ fields: [UInt8]) {
        self.numbers = numbers
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(particles.count + fields.count + 256)
        writer.openObject()
        writer.field("nodeId")
        writer.text(GlobalRow.nodeID)
        writer.field("globalResonance")
        writer.double(numbers.globalResonance)
        writer.field("activeNodes")
        writer.integer(Int64(numbers.activeNodes))
        writer.field("memoryParticles")
        writer.bytes += particles
        writer.field("quantumFields")
        writer.bytes += fields
        writer.field("collectiveIntelligence")
        writer.double(numbers.collectiveIntelligence)
        writer.field("room64Active")
        writer.bool(numbers.room64Active)
        writer.field("lastUpdate")
        writer.integer(numbers.lastUpdate)
        writer.closeObject()
        json = writer.bytes
    }
}

/// Brings what memory holds up to the rows.
struct ShownLoading: Sendable {
    let former: Shown?
    /// Who was seen before then is not active any more.
    let horizon: Int64

    func run(_ rows: any RowsSnapshot) throws(StoreError) -> (Shown, seen: [(AgentID, Int64)]) {
        let totals = try rows.fieldTotals()
        let global = try GlobalRow(try rows.get([.integer(GlobalRow.id)], in: FieldTables.states), totals)
        let shown = Shown(
            position: try rows.position(of: FieldView.name),
            totals: totals,
            particleList: global.particles.json,
            fieldList: global.fields.json,
            particles: try particles(rows, totals)
        )
        return (shown, try seen(rows))
    }

    /// New ones come before the known ones; after something was forgotten all are read again.
    private func particles(_ rows: any RowsSnapshot, _ totals: FieldTotals) throws(StoreError) -> [Particle] {
        guard let former, former.totals.forgets == totals.forgets, let newest = former.particles.first else {
            return try rows.particles(before: Position.limit, Particle.limit)
        }
        let new = try rows.particles(before: Position.limit, Particle.limit, after: newest.position.index)
        return new.isEmpty ? former.particles : Array((new + former.particles).prefix(Particle.limit))
    }

    private func seen(_ rows: any RowsSnapshot) throws(StoreError) -> [(AgentID, Int64)] {
        var scan = Scan(FieldTables.nodes, by: ["last_seen"])
        scan.from = .including(.integer(max(horizon, former?.seenThrough ?? 0)))
        var seen: [(AgentID, Int64)] = []
        try rows.scan(scan) { row throws(StoreError) in
            guard let device = row[0].text, let time = row[2].integer else { throw .badRow(FieldTables.nodes) }
            seen.append((AgentID(unchecked: device), time))
            return .next
        }
        return seen
    }
}
