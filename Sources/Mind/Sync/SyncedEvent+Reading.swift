package import Basics
package import Model

/// What is wrong with the data of a field event, by JSON pointers into the data; empty when nothing is.
package typealias FieldDataCheck = @Sendable (_ type: EventType, _ data: Body, _ device: AgentID) -> [FieldProblem]

extension SyncedEvent {
    /// Reads what stands in a batch, and names every bad field at once.
    ///
    /// Fields of other names are passed over here; in `data` they are kept.
    package static func read(_ value: Value, of device: AgentID, check: FieldDataCheck) -> SyncedEvent {
        guard case .map(let fields) = value else {
            return .refused(
                SyncRefusal(.badRequest, [problem("", .wrongType, "an event is an object")]),
                isOfflineSync: false
            )
        }
        var problems: [FieldProblem] = []
        let type = readType(fields["type"], &problems)
        let at = readTime(fields["timestamp"], &problems)
        let data = readData(fields["data"], &problems)
        let clock = readClock(fields["clock"], &problems)
        if let type, let data {
            problems += check(type, data, device).map {
                FieldProblem(path: "/data" + $0.path, code: $0.code, message: $0.message)
            }
        }
        guard problems.isEmpty, let type, let at, let data else {
            return .refused(SyncRefusal(.badRequest, problems), isOfflineSync: type == .offlineSync)
        }
        return .readable(Readable(type: type, at: at, data: data, clock: clock))
    }

    private static func problem(_ path: String, _ code: FieldProblem.Code, _ message: String) -> FieldProblem {
        FieldProblem(path: path, code: code, message: message)
    }

    private static func readType(_ value: Value?, _ problems: inout [FieldProblem]) -> EventType? {
        switch value {
        case .text(let text)?:
            if let type = EventType.field.first(where: { $0.text.hasSameBytes(as: text) }) { return type }
            let names = EventType.field.map(\.text).joined(separator: ", ")
            problems.append(problem("/type", .wrongType, "it has to be one of \(names)"))
        case nil: problems.append(problem("/type", .required, "it is required"))
        default: problems.append(problem("/type", .wrongType, "it has to be a text"))
        }
        return nil
    }

    /// Fractions of a millisecond are cut off.
    private static func readTime(_ value: Value?, _ problems: inout [FieldProblem]) -> Int64? {
        switch value {
        case .integer(let time)? where time.magnitude <= UInt64(Limits.integer): return time
        case .double(let time)? where time.magnitude <= Double(Limits.integer): return Int64(time.rounded(.down))
        case .integer?, .double?:
            problems.append(problem("/timestamp", .outOfRange, "it has to be within 2^53 milliseconds of 1970"))
        case nil: problems.append(problem("/timestamp", .required, "it is required"))
        default: problems.append(problem("/timestamp", .wrongType, "it has to be a number of milliseconds"))
        }
        return nil
    }

    private static func readData(_ value: Value?, _ problems: inout [FieldProblem]) -> Body? {
        switch value {
        case .map(let fields)?:
            do throws(Body.Invalid) { return try Body(fields) } catch {
                problems.append(problem("/data", error.code, error.words))
            }
        case nil: problems.append(problem("/data", .required, "it is required"))
        default: problems.append(problem("/data", .wrongType, "it has to be an object"))
        }
        return nil
    }

    private static func readClock(_ value: Value?, _ problems: inout [FieldProblem]) -> VectorClock? {
        guard let value, value != .null else { return nil }
        guard case .map(let fields) = value else {
            problems.append(problem("/clock", .wrongType, "it has to be an object of counters"))
            return nil
        }
        var counters: [(AgentID, Int64)] = []
        for (name, counter) in fields {
            guard let agent = try? AgentID(name), case .integer(let count) = counter else {
                problems.append(problem("/clock/\(name)", .wrongType, "it has to be a device with its counter"))
                continue
            }
            counters.append((agent, count))
        }
        guard counters.count == fields.count else { return nil }
        do throws(VectorClock.Invalid) { return try VectorClock(counters) } catch {
            switch error {
            case .tooManyEntries(let count):
                let message = "it has \(count) devices; \(Limits.clockEntries) is the most"
                problems.append(problem("/clock", .tooMany, message))
            case .counterOutOfRange(let agent), .duplicate(let agent):
                problems.append(problem("/clock/\(agent)", .outOfRange, "counters run from 1 to 2^53 - 1"))
            }
            return nil
        }
    }
}

extension Body.Invalid {
    fileprivate var code: FieldProblem.Code {
        switch self {
        case .malformed, .notAMap: .wrongType
        case .tooLarge: .tooLarge
        case .tooDeep: .tooDeep
        case .notJSON: .notJSON
        }
    }

    fileprivate var words: String {
        switch self {
        case .malformed, .notAMap: "it has to be an object"
        case .tooLarge(let count): "as CBOR it takes \(count) bytes; \(Limits.dataBytes) is the most"
        case .tooDeep: "it is nested deeper than \(Limits.dataDepth) levels"
        case .notJSON: "it holds what JSON cannot say"
        }
    }
}
