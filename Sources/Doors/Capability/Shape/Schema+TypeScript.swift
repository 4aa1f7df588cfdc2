internal import Basics

/// A schema as a type of TypeScript.
extension Schema {
    /// The side of a call that a type is for: callers may leave out what has a default, answers have it.
    package enum Side: Sendable { case said, answered }

    /// The names that types refer to; filled as they are written.
    package struct TypeNames: Sendable {
        package private(set) var definitions: [(name: String, type: String)] = []

        package init() {}

        fileprivate mutating func define(_ name: String, _ schema: Schema, _ side: Side) {
            guard !definitions.contains(where: { $0.name.hasSameBytes(as: name) }) else { return }
            let place = definitions.count
            definitions.append((name, ""))
            definitions[place].type = schema.typeScript(side, &self)
        }
    }

    package func typeScript(_ side: Side, _ names: inout TypeNames) -> String {
        switch self {
        case .nothing: return "void"
        case .any: return "unknown"
        case .bool: return "boolean"
        case .text: return "string"
        case .number: return "number"
        case .instant: return side == .said ? "Date | string" : "Date"
        case .choice(let words): return words.map(Self.quoted).joined(separator: " | ")
        case .constant(let value): return Self.literal(value)
        case .list(let element, _): return "Array<\(element.typeScript(side, &names))>"
        case .keyed(let element): return "Record<string, \(element.typeScript(side, &names))>"
        case .object(let properties):
            guard !properties.isEmpty else { return "Record<string, never>" }
            var fields: [String] = []
            for property in properties { fields.append(property.typeScript(side, &names)) }
            return "{ \(fields.joined(separator: "; ")) }"
        case .nullable(let schema): return "\(schema.typeScript(side, &names)) | null"
        case .union(let schemas):
            var several: [String] = []
            for schema in schemas { several.append(schema.typeScript(side, &names)) }
            return several.joined(separator: " | ")
        case .promise(let schema): return "Promise<\(schema.typeScript(side, &names))>"
        case .series(let element, let ending):
            return "AsyncIterable<\(element.typeScript(side, &names)), \(ending.typeScript(side, &names)), unknown>"
        case .named(let name, let schema):
            names.define(name, schema, side)
            return name
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = JSONWriter()
        out.text(text)
        return String(decoding: out.bytes, as: UTF8.self)
    }

    private static func literal(_ value: Value) -> String {
        var out = JSONWriter()
        out.value(value)
        return String(decoding: out.bytes, as: UTF8.self)
    }
}

extension Schema.Property {
    fileprivate func typeScript(_ side: Schema.Side, _ names: inout Schema.TypeNames) -> String {
        let mayBeAbsent: Bool
        switch presence {
        case .required: mayBeAbsent = false
        case .optional: mayBeAbsent = true
        case .assumed: mayBeAbsent = side == .said
        }
        return "\(name)\(mayBeAbsent ? "?" : ""): \(schema.typeScript(side, &names))"
    }
}
