import Basics
import Model
import TestSupport

/// Random values, from a seed.
extension SeededRandom {
    mutating func scalar() -> Unicode.Scalar {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x20...0x7E, 0x61...0x7A, 0xA0...0x2FF, 0x300...0x36F, 0x4E00...0x4FFF, 0x1F300...0x1F5FF,
            0xE000...0xFFFF,
        ]
        let range = ranges[below(ranges.count)]
        let value = range.lowerBound + UInt32(below(Int(range.upperBound - range.lowerBound) + 1))
        return Unicode.Scalar(value) ?? "?"
    }

    mutating func name(atMost: Int = 128) -> String {
        let count = chance(50) ? atMost : 1 + below(min(atMost, 20))
        var text = ""
        for _ in 0..<count { text.unicodeScalars.append(scalar()) }
        return text
    }

    /// Any text, control characters and all.
    mutating func text() -> String {
        var text = ""
        for _ in 0..<(chance(100) ? 200 + below(200) : below(20)) {
            text.unicodeScalars.append(chance(100) ? Unicode.Scalar(UInt8(below(32))) : scalar())
        }
        return text
    }

    mutating func integer() -> Int64 {
        switch below(4) {
        case 0: Int64(below(50)) - 25
        case 1: Int64(bitPattern: next()) >> 40
        case 2: (chance(500) ? 1 : -1) * (Limits.integer - Int64(below(3)))
        default: Int64(bitPattern: next()) >> 11
        }
    }

    /// Any finite double; often a short one.
    mutating func double() -> Double {
        switch below(4) {
        case 0: return Double(below(2000) - 1000) / 8
        case 1: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: next()) & 0xBFFF_FFFF))
        case 2: return Double(below(100_000)) / 1000
        default:
            let double = Double(bitPattern: next())
            return double.isFinite ? double : 0.1
        }
    }

    mutating func value(depth: Int) -> Value {
        switch below(depth > 0 ? 9 : 6) {
        case 0: return .null
        case 1: return .bool(chance(500))
        case 2: return .integer(integer())
        case 3: return Value.number(double()) ?? .null
        case 4, 5: return .text(text())
        case 6: return .array((0..<below(5)).map { _ in value(depth: depth - 1) })
        default: return .map(fields(depth: depth - 1))
        }
    }

    mutating func fields(depth: Int) -> Fields {
        var fields = Fields()
        for _ in 0..<(chance(20) ? 40 : below(6)) {
            fields[chance(500) ? name(atMost: 30) : "k\(below(30))"] = value(depth: depth)
        }
        return fields
    }

    mutating func hash() -> ContentHash {
        guard let hash = ContentHash(bytes(32)) else { preconditionFailure("32 bytes are a digest") }
        return hash
    }

    mutating func eventType() -> EventType {
        if chance(500) { return EventType.field[below(EventType.field.count)] }
        let letters = Array("ABCXYZabcxyz0189_.:-")
        return EventType(unchecked: "t" + String((0..<below(50)).map { _ in letters[below(letters.count)] }))
    }

    mutating func clock() -> VectorClock {
        var counters: [(AgentID, Int64)] = []
        for index in 0..<(chance(50) ? 64 : below(4)) {
            let name = chance(500) ? "a\(index)" : "\(index)" + name(atMost: 20)
            counters.append((AgentID(unchecked: name), 1 + Int64(next() % UInt64(Limits.counter))))
        }
        guard let clock = try? VectorClock(counters) else { preconditionFailure("the names differ in their index") }
        return clock
    }

    mutating func event() -> Event {
        var event = Event(agent: AgentID(unchecked: name()), type: eventType())
        if chance(800) { event.body = (try? Body(fields(depth: 3))) ?? .empty }
        if chance(300) { event.subject = SubjectID(unchecked: name()) }
        if chance(500) { event.number = EventNumber(1 + Int64(next() % UInt64(Limits.counter))) }
        if chance(300) { event.key = IdempotencyKey(unchecked: name()) }
        if chance(500) { event.at = integer() }
        if chance(300) { event.room = RoomID(unchecked: name()) }
        if chance(300) { event.clock = clock() }
        if chance(300) {
            event.causes = (0..<(chance(50) ? 64 : below(4))).map { _ in
                Position(Int64(next() % UInt64(Position.limit)))
            }
        }
        if chance(300) {
            event.publicKey = PublicKey(bytes(32))
            event.signature = Signature(bytes(64))
            event.salt = Salt(bytes(16))
        } else if chance(300) {
            event.salt = Salt(bytes(16))
        }
        return event
    }

    mutating func hybridTime() -> HybridTime {
        HybridTime(
            milliseconds: Int64(next() % UInt64(Limits.counter)),
            counter: UInt32(truncatingIfNeeded: next() >> UInt64(below(33)))
        )
    }
}

/// A seed for each of so many runs, so that a failure names the one to repeat.
func seeds(_ count: UInt64) -> Range<UInt64> { 1..<count + 1 }

func parseJSON(_ bytes: [UInt8]) throws(JSONError) -> Value {
    var reader = JSONReader(bytes.raw)
    let value = try reader.value()
    try reader.finish()
    return value
}

func parseJSON(_ text: String) throws(JSONError) -> Value { try parseJSON(Array(text.utf8)) }

func parseCBOR(_ bytes: [UInt8], _ mode: CBORReader.Mode = .canonical) throws(CBORError) -> Value {
    var reader = CBORReader(bytes.raw, mode: mode)
    let value = try reader.value()
    try reader.finish()
    return value
}

func encoded(_ value: Value) -> [UInt8] {
    var writer = CBORWriter()
    writer.value(value)
    return writer.bytes
}

func written(_ value: Value) -> [UInt8] {
    var writer = JSONWriter()
    writer.value(value)
    return writer.bytes
}
