internal import Basics
internal import Capability
internal import Field
internal import Model
internal import Ports

/// How what a device says becomes an event, and when it is answered.
extension Repertoire {
    /// Appends one event of the field, and returns when the fold shows it.
    func write(
        _ kind: FieldKind,
        _ data: Fields,
        of device: AgentID,
        room: RoomID? = nil,
        clock: VectorClock? = nil,
        _ call: Call
    ) async throws(Refusal) -> Position {
        guard let body = try? Body(data) else { throw Refusal(.tooLarge, "what was said is too large") }
        let event = Event(
            agent: device,
            type: kind.type,
            body: body,
            subject: SubjectID(unchecked: device.text),
            at: call.now.milliseconds,
            room: room,
            clock: clock
        )
        let position: Position
        do throws(AppendError) {
            position = try await services.ledger.append([Submission(event, by: call.writer)]).positions[0]
        } catch {
            throw Refusal(error)
        }
        try await reach(position)
        services.field.presence.saw(device, at: call.now.milliseconds)
        return position
    }

    func reach(_ position: Position) async throws(Refusal) {
        do throws(StoreError) { try await services.reach(position) } catch { throw Refusal(error) }
    }

    /// Reads of the field, whatever it needs for that.
    func reading<Answer>(_ body: () async throws(StoreError) -> Answer) async throws(Refusal) -> Answer {
        do throws(StoreError) { return try await body() } catch { throw Refusal(error) }
    }
}

extension FieldNumbers {
    var index: Int64 { position?.index ?? -1 }

    /// The three numbers that everything shows.
    func writeCore(into out: inout JSONWriter) {
        out.field("globalResonance")
        out.double(globalResonance)
        out.field("activeNodes")
        out.integer(Int64(activeNodes))
        out.field("collectiveIntelligence")
        out.double(collectiveIntelligence)
    }
}

extension FieldRecord {
    /// As `recentEvents` show it.
    func write(into out: inout JSONWriter) {
        out.openObject()
        out.field("id")
        out.integer(position.index)
        out.field("deviceId")
        out.text(device)
        out.field("type")
        out.text(kind.rawValue)
        out.field("data")
        out.json(Array(data.utf8))
        out.field("timestamp")
        out.integer(at)
        out.field("processed")
        out.bool(processed)
        out.field("intensity")
        if let intensity { out.double(intensity.value) } else { out.null() }
        out.closeObject()
    }
}

extension Call.Moment {
    var field: FieldMoment {
        switch self {
        case .present: .now
        case .position(let position): .position(position)
        case .time(let instant): .time(instant.milliseconds)
        }
    }
}

extension JSONWriter {
    /// Writes a value that is JSON already.
    mutating func json(_ document: [UInt8]) { json(document.raw) }

    mutating func list<Element>(
        _ name: StaticString,
        _ elements: some Sequence<Element>,
        _ write: (Element, inout JSONWriter) -> Void
    ) {
        field(name)
        openArray()
        for element in elements { write(element, &self) }
        closeArray()
    }
}

extension Shape where Content == AgentID {
    /// A device in the field, or `unknown`, which an app says that does not know yet.
    static var speaker: Shape<AgentID> {
        Shape<DeviceID?>.union(
            Variant(.device, whole: { .some($0) }, part: { $0 }),
            Variant(Shape<String>.unknown, whole: { _ in nil }, part: { $0 == nil ? "unknown" : nil })
        )
        .parsed(
            { device in AgentID(unchecked: device?.text ?? "unknown") },
            plain: { $0.text == "unknown" ? nil : DeviceID(unchecked: $0.text) }
        )
    }
}

extension Shape where Content == String {
    fileprivate static var unknown: Shape<String> {
        Shape(
            .constant("unknown"),
            read: { datum, reading in
                if datum == "unknown" { return "unknown" }
                reading.fail(.wrongValue, "expected unknown")
                return nil
            },
            write: { text, writer in writer.text(text) }
        )
    }
}
