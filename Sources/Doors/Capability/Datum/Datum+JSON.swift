package import Basics
internal import Model

extension Datum {
    /// Reads a JSON document whole.
    package init(json bytes: RawSpan) throws(JSONError) {
        var reader = JSONReader(bytes)
        self = try Self.read(&reader)
        try reader.finish()
    }

    /// Reads the next value; the reader bounds how deep it is.
    package static func read(_ reader: inout JSONReader) throws(JSONError) -> Datum {
        switch try reader.kind() {
        case .object:
            var entries: [Entries.Entry] = []
            try reader.openObject()
            while let key = try reader.nextKey() {
                entries.append(Entries.Entry(key: key, value: try read(&reader)))
            }
            return .object(Entries(entries))
        case .array:
            var list: [Datum] = []
            try reader.openArray()
            while try reader.nextElement() { list.append(try read(&reader)) }
            return .list(list)
        case .text: return .text(try reader.string())
        case .number:
            let start = reader.offset
            switch try reader.number() {
            case .integer(let integer): return .integer(integer)
            case .double(let double): return .double(double)
            case .beyondDouble: throw JSONError(.numberBeyondDouble, at: start)
            }
        case .bool: return .bool(try reader.bool())
        case .null:
            try reader.null()
            return .null
        }
    }

    /// As JSON says it: what has no value is left out, a date is its ISO text, and what JSON cannot say is null.
    package var value: Value {
        switch self {
        case .absent, .null: .null
        case .bool(let bool): .bool(bool)
        case .integer(let integer): .number(integer) ?? .null
        case .double(let double): .number(double) ?? .null
        case .text(let text): .text(text)
        case .list(let list): .array(list.map(\.value))
        case .object(let entries): .map(entries.fields)
        case .date(let date): date.map { .text($0.iso) } ?? .null
        case .rare(let rare):
            switch rare {
            case .bigInteger(let text), .expression(let text), .address(let text): .text(text)
            case .set(let list), .typedArray(_, let list): .array(list.map(\.value))
            case .map(let entries): .array(entries.map { .array([$0.key.value, $0.value.value]) })
            case .error(let entries): .map(entries.fields)
            }
        }
    }

    package init(_ value: Value) {
        switch value {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .integer(let integer): self = .integer(integer)
        case .double(let double): self = .double(double)
        case .text(let text): self = .text(text)
        case .bytes(let bytes): self = .text(Hex.text(bytes))
        case .array(let values): self = .list(values.map { Datum($0) })
        case .map(let fields):
            self = .object(Entries(fields.map { Entries.Entry(key: $0.key, value: Datum($0.value)) }))
        }
    }
}

extension Entries {
    fileprivate var fields: Fields {
        var present: [(String, Value)] = []
        for entry in list where entry.value != .absent { present.append((entry.key, entry.value.value)) }
        return Fields(unique: present)
    }
}
