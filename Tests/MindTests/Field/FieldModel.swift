import Basics
import Field
import Model
import Ports

/// The field as one would count it by hand: from all events at once, by the words of the contract.
struct FieldModel {
    struct RoomModel: Equatable {
        var present: [String] = []
        var phase = 0.0
        var level = 0.0
        var phrases: [String] = []
        var lastBloom: Int64 = 0
    }

    var resonance = 0.5
    var intelligence = 0.3
    var particles: [(position: Int64, text: String, intensity: Double, cell: Cell?)] = []
    var fields: [Int64] = []
    var rooms: [String: RoomModel] = [:]
    var entanglements: [Int64: String?] = [:]
    var lastUpdate: Int64 = 0
    var seen: [String: Int64] = [:]
    var activeNodes = 0
    var processed: [Int64: Bool] = [:]
    var nodeResonance: [String: Double] = [:]

    init(_ events: [StoredEvent]) {
        for event in events { add(event) }
        resonance = min(1, resonance)
        intelligence = min(1, intelligence)
    }

    private mutating func add(_ event: StoredEvent) {
        let device = event.head.agent.text
        let received = event.head.received.milliseconds
        if device != "prima", device != "unknown" { seen[device] = received }
        guard FieldKind.allCases.map(\.rawValue).contains(event.head.type.text) else { return }
        lastUpdate = received
        activeNodes = seen.values.filter { $0 > received - 300_000 }.count
        guard let data = event.body?.fields else { return }
        let position = event.position.index
        let before = resonance
        processed[position] = effect(event, data, at: event.head.at ?? received)
        if device != "unknown" { nodeResonance[device, default: 0.5] += resonance - before }
    }

    /// Applies an event; whether its data is what such an event says.
    private mutating func effect(_ event: StoredEvent, _ data: Fields, at: Int64) -> Bool {
        let position = event.position.index
        switch event.head.type.text {
        case "TOUCH":
            guard let intensity = Self.unit(data["intensity"]), intensity >= 0, let cell = Self.cell(data) else {
                return false
            }
            resonance += 0.1 * intensity
            if cell.isThere { fields.append(position) }
        case "BREATH":
            guard let intensity = Self.unit(data["intensity"]), Self.phase(data) != nil else { return false }
            if intensity >= 0 { resonance += 0.1 * intensity }
        case "BLOOM":
            guard Self.unit(data["intensity"]) != nil else { return false }
            resonance += 0.2
            intelligence += 0.1
        case "SACRED_PHRASE":
            guard let intensity = Self.unit(data["intensity"]), let cell = Self.cell(data),
                case .text(let text)? = data["phrase"], !Self.stripped(text).isEmpty
            else { return false }
            particles.append((position, Self.stripped(text), intensity < 0 ? 0.7 : intensity, cell.cell))
        case "SPIRAL":
            guard let intensity = Self.unit(data["intensity"]), intensity >= 0, let cell = Self.cell(data),
                cell.isThere || (data["centerX"] != nil && data["centerY"] != nil)
            else { return false }
            fields.append(position)
        case "QUANTUM_ENTANGLEMENT":
            guard let intensity = Self.unit(data["intensity"]) else { return false }
            var target: String?
            if case .text(let text)? = data["targetDevice"] { target = text }
            guard target != event.head.agent.text else { return false }
            entanglements[position] = .some(target)
            intelligence += 0.1 * (intensity < 0 ? 0.5 : intensity)
        case "OFFLINE_SYNC": break
        default: return inRoom(event, data, at)
        }
        return true
    }

    private mutating func inRoom(_ event: StoredEvent, _ data: Fields, _ at: Int64) -> Bool {
        guard let id = event.head.room?.text else { return false }
        var room = rooms[id] ?? RoomModel()
        let device = event.head.agent.text
        switch event.head.type.text {
        case "room64.join": if !room.present.contains(device) { room.present.append(device) }
        case "room64.leave": room.present.removeAll { $0 == device }
        case "room64.bloom":
            room.level = 1
            room.lastBloom = at
            resonance += 0.3
            intelligence += 0.2
        default:
            guard let phase = Self.phase(data) else { return false }
            if let level = Self.number(data["resonanceLevel"]) {
                guard (0...1).contains(level) else { return false }
                room.level = min(1, room.level + level)
            }
            if phase >= 0 { room.phase = phase }
            if case .text(let text)? = data["sacredPhrase"] { room.phrases.append(Self.stripped(text)) }
        }
        rooms[id] = room
        return true
    }

    // MARK: Fields of data

    /// -1 when there is none, nil when it is out of range.
    private static func unit(_ value: Value?) -> Double? {
        guard let number = number(value) else { return -1 }
        return (0...1).contains(number) ? (number * 100).rounded() / 100 : nil
    }

    private static func phase(_ data: Fields) -> Double? {
        guard let number = number(data["breathingPhase"]) else { return -1 }
        return (0...360).contains(number) ? number : nil
    }

    private struct CellModel {
        var cell: Cell?
        var isThere: Bool { cell != nil }
    }

    private static func cell(_ data: Fields) -> CellModel? {
        guard let x = number(data["x"]), let y = number(data["y"]) else { return CellModel() }
        return Cell(x: x, y: y).map { CellModel(cell: $0) }
    }

    private static func number(_ value: Value?) -> Double? {
        switch value {
        case .integer(let integer): Double(integer)
        case .double(let double): double
        default: nil
        }
    }

    static func stripped(_ text: String) -> String {
        switch text {
        case "<b>fire</b>": "fire"
        case "</p>": ""
        default: text.contains("<i>are</i>") ? "we are \(text.suffix(1))" : text
        }
    }
}
