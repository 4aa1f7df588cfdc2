import Basics

/// Single fields of an event; what is wrong goes to `problems`, and nil comes back.
extension CBORReader {
    mutating func name<Name: Identifier>(
        _ field: EventField,
        _ problems: inout FieldProblems
    ) throws(CBORError) -> Name? {
        guard try kind() == .text else {
            problems.add(.wrongType, at: field, "it is a text")
            return nil
        }
        let range = try uncheckedText()
        do throws(IdentifierInvalid) {
            return try Name(checkedUTF8: bytes.extracting(range))
        } catch {
            problems.add(error, at: field)
            return nil
        }
    }

    /// An integer within ±2⁵³.
    mutating func whole(_ field: EventField, _ problems: inout FieldProblems) throws(CBORError) -> Int64? {
        switch try kind() {
        case .integer: return try integer()
        case .double, .simple:
            problems.add(.outOfRange, at: field, "it is an integer within ±2^53")
        default:
            problems.add(.wrongType, at: field, "it is an integer")
        }
        return nil
    }

    mutating func clock(_ problems: inout FieldProblems) throws(CBORError) -> VectorClock? {
        let place = problems.base.appending(EventField.clock.name)
        guard let count = try count(.map, most: Limits.clockEntries, at: place, &problems) else { return nil }
        var entries: [VectorClock.Entry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let key = try uncheckedText()
            let name = bytes.extracting(key)
            var agent: AgentID?
            do throws(IdentifierInvalid) {
                agent = try AgentID(checkedUTF8: name)
            } catch {
                problems.add(error, at: place.appending(name.text))
            }
            let counter = try kind() == .integer ? try integer() : try passed(0)
            if !EventNumber.range.contains(counter) {
                problems.add(.outOfRange, at: place.appending(name.text), "counters run from 1 to 2^53 - 1")
            } else if let agent {
                entries.append(VectorClock.Entry(agent: agent, counter: counter))
            }
        }
        return entries.count == count ? VectorClock(canonical: entries) : nil
    }

    mutating func causes(_ problems: inout FieldProblems) throws(CBORError) -> [Position]? {
        let place = problems.base.appending(EventField.causes.name)
        guard let count = try count(.array, most: Limits.causes, at: place, &problems) else { return nil }
        var positions: [Position] = []
        positions.reserveCapacity(count)
        for index in 0..<count {
            let value = try kind() == .integer ? try integer() : try passed(-1)
            if let position = Position(checking: value) {
                positions.append(position)
            } else {
                problems.add(.outOfRange, at: place.appending(index), "it is a position: an integer from 0 on")
            }
        }
        return positions.count == count ? positions : nil
    }

    /// Opens a container of at most so many items.
    private mutating func count(
        _ wanted: CBORKind,
        most: Int,
        at place: JSONPointer,
        _ problems: inout FieldProblems
    ) throws(CBORError) -> Int? {
        let found = try kind()
        if found == .simple, bytes.byte(at: offset) == CBORAssembler.Marker.tooLarge.rawValue {
            problems.add(.tooMany, at: place, "it has far too many entries; \(most) is the most")
            return nil
        }
        guard found == wanted else {
            problems.add(.wrongType, at: place, wanted == .map ? "it is an object" : "it is an array")
            return nil
        }
        let count = wanted == .map ? try map() : try array()
        guard count <= most else {
            problems.add(.tooMany, at: place, "it has \(count) entries; \(most) is the most")
            return nil
        }
        return count
    }

    /// Passes over a value that is of the wrong kind.
    private mutating func passed(_ standIn: Int64) throws(CBORError) -> Int64 {
        try pass()
        return standIn
    }
}

/// Finds, in a body that has something no body may have, where that is.
struct BodyInspection {
    private(set) var foundFault = false

    mutating func inspect(
        _ reader: inout CBORReader,
        at place: JSONPointer,
        _ problems: inout FieldProblems
    ) throws(CBORError) {
        switch try reader.kind() {
        case .array:
            for index in 0..<(try reader.array()) {
                try inspect(&reader, at: place.appending(index), &problems)
            }
        case .map:
            for _ in 0..<(try reader.map()) {
                let key = try reader.uncheckedText()
                try inspect(&reader, at: place.appending(reader[key].text), &problems)
            }
        case .bytes:
            report(.notJSON, at: place, "data holds what JSON can say: no byte strings", &problems)
            try reader.pass()
        case .simple:
            let marker = CBORAssembler.Marker(rawValue: reader.bytes.byte(at: reader.offset))
            try reader.pass()
            report(marker, at: place, &problems)
        default: try reader.pass()
        }
    }

    private mutating func report(
        _ marker: CBORAssembler.Marker?,
        at place: JSONPointer,
        _ problems: inout FieldProblems
    ) {
        switch marker {
        case .tooDeep: report(.tooDeep, at: place, "data nests at most \(Limits.dataDepth) levels deep", &problems)
        case .tooLarge: report(.tooLarge, at: place, "data takes at most \(Limits.dataBytes) bytes as CBOR", &problems)
        case .beyondDouble: report(.outOfRange, at: place, "no double holds this number", &problems)
        case .notFinite: report(.notJSON, at: place, "NaN and infinities are no numbers here", &problems)
        case .simple, nil: report(.notJSON, at: place, "data holds what JSON can say", &problems)
        }
    }

    private mutating func report(
        _ code: FieldProblem.Code,
        at place: JSONPointer,
        _ message: String,
        _ problems: inout FieldProblems
    ) {
        foundFault = true
        problems.add(code, at: place, message)
    }
}
