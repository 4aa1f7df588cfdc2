internal import Basics
package import Model
internal import Ports

/// A row of `consciousness_events`.
package struct FieldRecord: Sendable, Hashable {
    package let position: Position
    package let device: String
    package let kind: FieldKind
    /// JSON.
    package let data: String
    /// The device's clock, or when it was received.
    package let at: Int64
    /// Whether it had effects: its data is what such an event says.
    package let processed: Bool
    package let intensity: Centi?

    init(_ row: Row) throws(StoreError) {
        guard row.count == 7, let index = row[0].integer, let position = Position(checking: index),
            let device = row[1].text, let kind = row[2].text.flatMap({ FieldKind(rawValue: $0) }),
            let data = row[3].text, let at = row[4].integer, let processed = row[5].integer
        else { throw .badRow(FieldTables.events) }
        self.position = position
        self.device = device
        self.kind = kind
        self.data = data
        self.at = at
        self.processed = processed != 0
        intensity = row[6].real.flatMap { Centi($0) }
    }

    var share: Share { processed ? Share(kind, intensity) : .zero }

    /// The event as far as its row tells; its data was parsed once, and is as it was then.
    ///
    /// `chosen` is the cell of a phrase that names none.
    func event(chosen: Cell) -> FieldEvent {
        let device = AgentID(unchecked: device)
        return FieldEvent(
            position: position,
            kind: kind,
            device: device,
            subject: SubjectID(unchecked: device.text),
            room: nil,
            at: at,
            received: at,
            chosen: chosen,
            content: processed ? try? FieldContent.read(kind, body, by: device) : nil
        )
    }

    private var body: Body {
        var reader = JSONReader(data.utf8.raw)
        var assembler = CBORAssembler()
        // The view wrote it from a body.
        guard (try? reader.assemble(into: &assembler)) != nil else { return .empty }
        return Body(unchecked: assembler.writer.bytes)
    }
}

extension RowsSnapshot {
    /// The particle that the phrase of a row made.
    func particle(_ record: FieldRecord) throws(StoreError) -> Particle? {
        let cell = try get([.integer(record.position.index)], in: FieldTables.cells)?[1].integer
        return Particle(record.event(chosen: cell.map { Cell(place: Int($0)) } ?? .origin))
    }

    /// The newest particles below a position, newest first.
    func particles(before end: Int64, _ limit: Int, after start: Int64 = -1) throws(StoreError) -> [Particle] {
        var particles: [Particle] = []
        for record in try records(of: .phrase, before: end, limit, after: start, where: \.processed) {
            if let particle = try particle(record) { particles.append(particle) }
        }
        return particles
    }

    /// The newest quantum fields below a position, newest first.
    func quantumFields(before end: Int64, _ limit: Int) throws(StoreError) -> [QuantumField] {
        var fields: [QuantumField] = []
        for kind in [FieldKind.touch, .spiral] {
            _ = try records(of: kind, before: end, limit) { record in
                guard let field = QuantumField(record.event(chosen: .origin)) else { return false }
                fields.append(field)
                return true
            }
        }
        return Array(fields.sorted { $0.position > $1.position }.prefix(limit))
    }

    /// The newest records of a kind below a position that are wanted, newest first.
    private func records(
        of kind: FieldKind,
        before end: Int64,
        _ limit: Int,
        after start: Int64 = -1,
        where isWanted: (FieldRecord) -> Bool
    ) throws(StoreError) -> [FieldRecord] {
        var scan = Scan(FieldTables.events, by: ["type"], prefix: [.text(kind.rawValue)])
        scan.from = .excluding(.integer(start))
        scan.to = .excluding(.integer(end))
        scan.order = .descending
        var records: [FieldRecord] = []
        try self.scan(scan) { row throws(StoreError) in
            let record = try FieldRecord(row)
            if isWanted(record) { records.append(record) }
            return records.count < limit ? .next : .stop
        }
        return records
    }
}
