package import Basics

/// A schema as JSON Schema 2020-12 says it, which is what OpenAPI 3.1 and tools of agents read.
extension Schema {
    /// What the names that a schema uses stand for; filled as it is rendered.
    package struct Names: Sendable {
        package private(set) var definitions: [(name: String, schema: Value)] = []
        /// What stands before a name in a reference.
        let prefix: String

        package init(prefix: String) { self.prefix = prefix }

        fileprivate mutating func define(_ name: String, _ schema: Schema) {
            guard !definitions.contains(where: { $0.name.hasSameBytes(as: name) }) else { return }
            let place = definitions.count
            definitions.append((name, .null))
            definitions[place].schema = schema.json(&self)
        }
    }

    package func json(_ names: inout Names) -> Value {
        switch self {
        case .nothing, .any: return .map(Fields())
        case .bool: return ["type": "boolean"]
        case .text(let text): return Self.json(text)
        case .number(let number): return Self.json(number)
        case .instant: return ["type": "string", "format": "date-time"]
        case .choice(let words): return ["type": "string", "enum": .array(words.map { .text($0) })]
        case .constant(let value): return ["const": value]
        case .list(let element, let count): return Self.json(list: element, count, &names)
        case .keyed(let element): return ["type": "object", "additionalProperties": element.json(&names)]
        case .object(let properties): return Self.json(properties, &names)
        case .nullable(let schema): return ["anyOf": [schema.json(&names), ["type": "null"]]]
        case .union(let schemas):
            var several: [Value] = []
            for schema in schemas { several.append(schema.json(&names)) }
            return ["anyOf": .array(several)]
        case .promise(let schema): return schema.json(&names)
        case .series(let element, _): return ["type": "array", "items": element.json(&names)]
        case .named(let name, let schema):
            names.define(name, schema)
            return ["$ref": .text(names.prefix + name)]
        }
    }

    private static func json(_ text: Text) -> Value {
        var fields = Fields(unique: [("type", "string")])
        if let length = text.length {
            fields["minLength"] = .integer(Int64(length.lowerBound))
            fields["maxLength"] = .integer(Int64(length.upperBound))
        }
        if let pattern = text.pattern { fields["pattern"] = .text(pattern) }
        return .map(fields)
    }

    private static func json(_ number: Number) -> Value {
        var fields = Fields(unique: [("type", number.kind == .integer ? "integer" : "number")])
        switch number.least {
        case .none: break
        case .including(let bound): fields["minimum"] = .number(bound)
        case .excluding(let bound): fields["exclusiveMinimum"] = .number(bound)
        }
        switch number.most {
        case .none: break
        case .including(let bound): fields["maximum"] = .number(bound)
        case .excluding(let bound): fields["exclusiveMaximum"] = .number(bound)
        }
        return .map(fields)
    }

    private static func json(list element: Schema, _ count: ClosedRange<Int>?, _ names: inout Names) -> Value {
        var fields = Fields(unique: [("type", "array"), ("items", element.json(&names))])
        if let count {
            fields["minItems"] = .integer(Int64(count.lowerBound))
            fields["maxItems"] = .integer(Int64(count.upperBound))
        }
        return .map(fields)
    }

    private static func json(_ properties: [Property], _ names: inout Names) -> Value {
        var shown = Fields()
        for property in properties { shown[property.name] = property.json(&names) }
        var fields = Fields(unique: [("type", "object"), ("properties", .map(shown))])
        let required = properties.filter { $0.presence == .required }
        if !required.isEmpty { fields["required"] = .array(required.map { .text($0.name) }) }
        return .map(fields)
    }
}

extension Schema.Property {
    package func json(_ names: inout Schema.Names) -> Value {
        guard case .map(var fields) = schema.json(&names) else { return .null }
        if !documentation.isEmpty { fields["description"] = .text(documentation) }
        if case .assumed(let value) = presence { fields["default"] = value }
        return .map(fields)
    }
}
