internal import Basics
internal import Model
internal import NetDriver
internal import Ports
internal import Web

/// What a frame asks for: its identifier, and one of three things.
struct SocketRequest {
    enum Wish {
        case append(Result<[Event], EventRefusal>)
        case follow(Value)
        case stop(Value)
    }

    private(set) var identifier: Value?
    private(set) var wish: Wish?
    private var faults: [Problem.Fault] = []

    /// Reads a frame; throws when it is not what its encoding allows.
    init(_ message: RawSpan, _ words: SocketWords) throws(Problem) {
        switch words {
        case .json:
            do throws(JSONError) { try readJSON(message) } catch { throw Self.unreadable("\(error)") }
        case .cbor:
            do throws(CBORError) { try readCBOR(message) } catch { throw Self.unreadable("\(error)") }
        }
        if case .append(.failure(let refusal))? = wish, refusal.kind == .unreadable { throw Problem(refusal) }
    }

    /// The wish, when the frame is one.
    func granted() throws(Problem) -> (identifier: Value, wish: Wish) {
        var faults = faults
        if identifier == nil { faults.append(Self.fault("/id", "required", "an integer or a text of 1 to 128 bytes")) }
        if wish == nil { faults.append(Self.fault("", "required", "a frame has one of append, follow and stop")) }
        guard faults.isEmpty, let identifier, let wish else {
            throw Problem(.unprocessable, "invalid", "The frame is not valid.", faults: faults)
        }
        return (identifier, wish)
    }

    private mutating func readJSON(_ message: RawSpan) throws(JSONError) {
        var reader = JSONReader(message)
        try reader.openObject()
        while let key = try reader.nextKey() {
            if key.hasSameBytes(as: "append") {
                let events = Self.events { () throws(EventRefusal) in try EventReader.read(arrayIn: &reader) }
                if case .failure(let refusal) = events, refusal.kind == .unreadable {
                    wish = .append(events)
                    return
                }
                take(.append(events))
            } else {
                take(key, try reader.value())
            }
        }
        try reader.finish()
    }

    private mutating func readCBOR(_ message: RawSpan) throws(CBORError) {
        var reader = CBORReader(message, mode: .lenient)
        var keys: Set<String> = []
        for _ in 0..<(try reader.map()) {
            let start = reader.offset
            let key = reader[try reader.text()].text
            guard keys.insert(key).inserted else { throw CBORError(.duplicateKey, at: start) }
            if key.hasSameBytes(as: "append") {
                let events = Self.events { () throws(EventRefusal) in try EventReader.read(arrayIn: &reader) }
                if case .failure(let refusal) = events, refusal.kind == .unreadable {
                    wish = .append(events)
                    return
                }
                take(.append(events))
            } else {
                var assembler = CBORAssembler()
                try reader.assemble(into: &assembler)
                var canonical = CBORReader(assembler.writer.bytes.raw)
                take(key, try canonical.value())
            }
        }
        try reader.finish()
    }

    private static func events(_ read: () throws(EventRefusal) -> [Event]) -> Result<[Event], EventRefusal> {
        do throws(EventRefusal) { return .success(try read()) } catch { return .failure(error) }
    }

    private mutating func take(_ key: String, _ value: Value) {
        switch key {
        case "id":
            switch value {
            case .integer: identifier = value
            case .text(let text) where (1...128).contains(text.utf8.count): identifier = value
            default: break
            }
        case "follow": take(.follow(value))
        case "stop": take(.stop(value))
        default:
            let path = JSONPointer().appending(key).description
            faults.append(Self.fault(path, "unknown_field", "frames have no such field"))
        }
    }

    private mutating func take(_ wish: Wish) {
        if self.wish != nil { faults.append(Self.fault("", "too_many", "a frame asks for one thing")) }
        self.wish = wish
    }

    private static func fault(_ path: String, _ code: String, _ message: String) -> Problem.Fault {
        Problem.Fault(path: path, code: code, message: message)
    }

    private static func unreadable(_ reason: String) -> Problem {
        Problem(.badRequest, "unreadable", "The frame cannot be read: \(reason).")
    }
}

extension LedgerQuery {
    /// What a follow asks for: an object with any of after, agent, type, room and from.
    init(follow value: Value) throws(Problem) {
        self.init()
        var faults: [Problem.Fault] = []
        guard case .map(let fields) = value else {
            faults.append(Problem.Fault(path: "/follow", code: "wrong_type", message: "it is an object"))
            throw Problem(.unprocessable, "invalid", "The frame is not valid.", faults: faults)
        }
        for (key, value) in fields {
            let path = JSONPointer().appending("follow").appending(key).description
            switch key {
            case "after": after = Self.integer(value, from: -1, path, &faults) ?? -1
            case "from": from = Self.integer(value, from: -Limits.integer, path, &faults)
            case "agent": agents = Self.names(value, path, &faults)
            case "type": types = Self.names(value, path, &faults)
            case "room": rooms = Self.names(value, path, &faults)
            default:
                faults.append(Problem.Fault(path: path, code: "unknown_field", message: "follows have no such field"))
            }
        }
        guard faults.isEmpty else {
            throw Problem(.unprocessable, "invalid", "The frame is not valid.", faults: faults)
        }
    }

    private static func integer(
        _ value: Value,
        from least: Int64,
        _ path: String,
        _ faults: inout [Problem.Fault]
    ) -> Int64? {
        guard case .integer(let integer) = value, integer >= least else {
            let message = "it is an integer from \(least) on"
            faults.append(Problem.Fault(path: path, code: "out_of_range", message: message))
            return nil
        }
        return integer
    }

    /// One name, or several in an array.
    private static func names<Name: Identifier>(
        _ value: Value,
        _ path: String,
        _ faults: inout [Problem.Fault]
    ) -> [Name] {
        var values = [value]
        if case .array(let several) = value { values = several }
        var names: [Name] = []
        for value in values.prefix(64) {
            guard case .text(let text) = value else {
                let message = "it is a text, or an array of them"
                faults.append(Problem.Fault(path: path, code: "wrong_type", message: message))
                continue
            }
            do throws(IdentifierInvalid) { names.append(try Name(text)) } catch {
                faults.append(Problem.Fault(path: path, code: error.code.rawValue, message: error.message))
            }
        }
        return names
    }
}
