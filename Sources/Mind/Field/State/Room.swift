internal import Basics
package import Model

/// A room of 64 seats: who is in it, and what they share.
package struct Room: Sendable, Hashable {
    package static let seats = 64
    /// The newest phrases stay.
    package static let phraseLimit = 100

    /// Somebody in a room.
    package struct Participant: Sendable, Hashable {
        package let device: String
        package let joined: Int64
    }

    /// The position of its first event.
    package let first: Position
    package let id: RoomID
    /// In the order in which they came; whoever is beyond the seats watches, and moves up.
    package private(set) var present: [Participant] = []
    /// Degrees.
    package private(set) var breathingPhase: Double = 0
    /// Millionths.
    private(set) var level: Int64 = 0
    package private(set) var phrases: [String] = []
    /// When it last bloomed, 0 for never.
    package private(set) var lastBloom: Int64 = 0
    package private(set) var created: Int64
    package private(set) var lastActivity: Int64

    /// A room begins with its first event.
    init(_ event: FieldEvent, _ id: RoomID) {
        self.init(id, first: event.position, at: event.at)
    }

    init(_ id: RoomID, first: Position, at: Int64) {
        self.id = id
        self.first = first
        created = at
        lastActivity = at
    }

    package var participants: ArraySlice<Participant> { present.prefix(Self.seats) }
    package var spectators: ArraySlice<Participant> { present.dropFirst(Self.seats) }
    package var resonanceLevel: Double { Double(level) / 1_000_000 }
    /// While somebody is in it.
    package var isActive: Bool { !present.isEmpty }

    package func isPresent(_ device: AgentID) -> Bool { place(of: device) != nil }
    package func isSpectator(_ device: AgentID) -> Bool { (place(of: device) ?? 0) >= Self.seats }

    private func place(of device: AgentID) -> Int? {
        present.firstIndex { $0.device.hasSameBytes(as: device.text) }
    }

    /// What an event does here; other kinds do nothing.
    mutating func step(_ event: FieldEvent) {
        lastActivity = event.at
        switch event.content {
        case .roomJoin:
            guard !isPresent(event.device) else { return }
            present.append(Participant(device: event.device.text, joined: event.at))
        case .roomLeave:
            if let place = place(of: event.device) { present.remove(at: place) }
        case .roomSync(let sync):
            breathingPhase = sync.phase ?? breathingPhase
            level = min(1_000_000, level + (sync.level ?? 0))
            if let phrase = sync.phrase {
                phrases.append(phrase)
                if phrases.count > Self.phraseLimit { phrases.removeFirst(phrases.count - Self.phraseLimit) }
            }
        case .roomBloom:
            level = 1_000_000
            lastBloom = event.at
        default: break
        }
    }
}

extension Room {
    /// Those in the room as the table holds them.
    var participantsJSON: String {
        var writer = JSONWriter()
        writer.openArray()
        for (index, participant) in present.enumerated() {
            writer.openObject()
            writer.field("deviceId")
            writer.text(participant.device)
            writer.field("joined")
            writer.integer(participant.joined)
            if index >= Self.seats {
                writer.field("spectator")
                writer.bool(true)
            }
            writer.closeObject()
        }
        writer.closeArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The collective state as the table holds it, and answers show it.
    package var stateJSON: String {
        var writer = JSONWriter()
        writer.openObject()
        writer.field("breathingPhase")
        writer.double(breathingPhase)
        writer.field("resonanceLevel")
        writer.double(resonanceLevel)
        writer.field("sacredPhrases")
        writer.openArray()
        for phrase in phrases { writer.text(phrase) }
        writer.closeArray()
        writer.field("lastBloom")
        writer.integer(lastBloom)
        writer.closeObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Reads what the table holds; nil when it is not what a room writes.
    init?(
        _ id: RoomID,
        first: Position,
        participants: String,
        state: String,
        created: Int64,
        lastActivity: Int64
    ) {
        self.init(id, first: first, at: created)
        self.lastActivity = lastActivity
        do throws(JSONError) {
            try readParticipants(participants)
            try readState(state)
        } catch {
            return nil
        }
    }

    private mutating func readParticipants(_ json: String) throws(JSONError) {
        var reader = JSONReader(json.utf8.raw)
        try reader.openArray()
        while try reader.nextElement() {
            var device = ""
            var joined: Int64 = 0
            try reader.openObject()
            while let key = try reader.nextKey() {
                switch key {
                case "deviceId": device = try reader.string()
                case "joined": joined = try reader.integer()
                default: try reader.skip()
                }
            }
            present.append(Participant(device: device, joined: joined))
        }
    }

    private mutating func readState(_ json: String) throws(JSONError) {
        var reader = JSONReader(json.utf8.raw)
        try reader.openObject()
        while let key = try reader.nextKey() {
            switch key {
            case "breathingPhase": breathingPhase = try reader.double()
            case "resonanceLevel": level = Int64((try reader.double() * 1_000_000).rounded())
            case "lastBloom": lastBloom = try reader.integer()
            case "sacredPhrases":
                try reader.openArray()
                while try reader.nextElement() { phrases.append(try reader.string()) }
            default: try reader.skip()
            }
        }
    }
}
