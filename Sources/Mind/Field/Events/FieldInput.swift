internal import Basics
internal import Model

/// What the body of a field event says under the names that the field knows; the rest is passed over.
///
/// Reads the canonical bytes in one pass, without a tree.
struct FieldInput {
    enum Name: Int, CaseIterable {
        case intensity, x, y, centerX, centerY, coordinates, breathingPhase, period
        case phrase, targetDevice, targetDeviceId, entanglementType, resonanceLevel, sacredPhrase
        case eventCount, lastSyncTime, duration

        var text: String { FieldInput.names[rawValue] }
    }

    enum Slot {
        /// Not there, or null.
        case absent
        case number(Double)
        case text(String)
        case pair(Double, Double)
        case other
    }

    private var slots = [Slot](repeating: .absent, count: Name.allCases.count)

    init(_ body: Body) {
        var reader = CBORReader(body.encoded.raw)
        // The body was checked when it was made: a failure here cannot be, and would leave the rest absent.
        try? fill(from: &reader)
    }

    subscript(name: Name) -> Slot { slots[name.rawValue] }

    private mutating func fill(from reader: inout CBORReader) throws(CBORError) {
        for _ in 0..<(try reader.map()) {
            let key = try reader.uncheckedText()
            if let place = Self.place(of: reader.bytes.extracting(key)) {
                slots[place] = try Self.slot(from: &reader)
            } else {
                try reader.skip()
            }
        }
    }

    private static func slot(from reader: inout CBORReader) throws(CBORError) -> Slot {
        switch try reader.kind() {
        case .integer, .double:
            return .number(try number(from: &reader))
        case .text:
            let range = try reader.uncheckedText()
            return .text(reader.bytes.extracting(range).text)
        case .null:
            try reader.null()
            return .absent
        case .array: return try pair(from: &reader)
        default:
            try reader.skip()
            return .other
        }
    }

    private static func pair(from reader: inout CBORReader) throws(CBORError) -> Slot {
        let count = try reader.array()
        var numbers: [Double] = []
        for _ in 0..<count {
            switch try reader.kind() {
            case .integer, .double: numbers.append(try number(from: &reader))
            default: try reader.skip()
            }
        }
        return count == 2 && numbers.count == 2 ? .pair(numbers[0], numbers[1]) : .other
    }

    private static func number(from reader: inout CBORReader) throws(CBORError) -> Double {
        switch try reader.number() {
        case .integer(let integer): Double(integer)
        case .double(let double): double
        case .beyondDouble: .infinity
        }
    }

    private static let names = Name.allCases.map { "\($0)" }

    private static func place(of key: borrowing RawSpan) -> Int? {
        for (place, name) in names.enumerated() where name.utf8.raw.isSame(as: key) { return place }
        return nil
    }
}
