internal import Basics
internal import Capability

/// The capabilities as an OpenAPI 3.1 document, made from their declarations.
struct OpenAPIDocument {
    let json: [UInt8]

    init(_ table: CapabilityTable, version: String) {
        var names = Schema.Names(prefix: "#/components/schemas/")
        var paths = Fields()
        for capability in table.list {
            let method = capability.kind == .mutation ? "post" : "get"
            paths["\(RESTDoor.mount)/\(capability.name.path)"] = .map(
                Fields(unique: [(method, Self.operation(capability, &names))])
            )
        }
        var schemas = Fields(unique: [("Problem", Self.problem)])
        for (name, schema) in names.definitions { schemas[name] = schema }
        let document: Value = [
            "openapi": "3.1.0",
            "info": [
                "title": "Prima",
                "version": .text(version),
                "summary": "Memory and coordination for collectives of agents and devices.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]],
            "tags": .array(Self.families(table).map { ["name": .text($0)] }),
            "paths": .map(paths),
            "components": [
                "schemas": .map(schemas),
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer"],
                    "key": ["type": "apiKey", "in": "header", "name": "X-API-Key"],
                ],
            ],
        ]
        var out = JSONWriter()
        out.value(document)
        json = out.bytes
    }

    /// The first word of each name, once.
    private static func families(_ table: CapabilityTable) -> [String] {
        var families: [String] = []
        for capability in table.list where families.last != family(capability) { families.append(family(capability)) }
        return families
    }

    private static func family(_ capability: Capability) -> String {
        capability.name.text.split(separator: ".").first.map(String.init) ?? capability.name.text
    }

    private static func operation(_ capability: Capability, _ names: inout Schema.Names) -> Value {
        let text = capability.documentation
        let sentence = text.split(separator: "\n").first.map(String.init) ?? text
        var fields = Fields(unique: [
            ("operationId", .text(capability.name.text)),
            ("tags", [.text(family(capability))]),
            ("summary", .text(sentence)),
            ("responses", responses(capability, &names)),
            ("security", security(capability.access)), ("x-prima", facts(capability)),
        ])
        if text != sentence { fields["description"] = .text(text) }
        let example = capability.example.input
        if capability.kind == .mutation {
            guard capability.input != .nothing else { return .map(fields) }
            fields["requestBody"] = [
                "required": .bool(capability.input.properties.contains { $0.presence == .required }),
                "content": [
                    "application/json": ["schema": capability.input.json(&names), "example": example.value]
                ],
            ]
        } else {
            let parameters = parameters(capability, &names)
            if !parameters.isEmpty { fields["parameters"] = .array(parameters) }
        }
        return .map(fields)
    }

    /// What the standard has no words for.
    private static func facts(_ capability: Capability) -> Value {
        let ending: String
        switch capability.example.ending {
        case .answered: ending = "answered"
        case .refused(let code): ending = code.rawValue
        }
        var fields = Fields(unique: [
            ("name", .text(capability.name.text)), ("kind", .text(capability.kind.rawValue)),
            ("example", ["input": capability.example.input.value, "ending": .text(ending)]),
        ])
        if let limit = capability.limit { fields["limit"] = .text(limit.name) }
        return .map(fields)
    }

    private static func parameters(_ capability: Capability, _ names: inout Schema.Names) -> [Value] {
        var example = Entries()
        if case .object(let entries) = capability.example.input { example = entries }
        return capability.input.properties.map { property in
            var fields = Fields(unique: [
                ("name", .text(property.name)), ("in", "query"), ("required", .bool(property.presence == .required)),
            ])
            let schema = property.json(&names)
            if property.isText {
                fields["schema"] = schema
                if example.contains(property.name) { fields["example"] = example[property.name].value }
            } else {
                var content = Fields(unique: [("schema", schema)])
                if example.contains(property.name) { content["example"] = example[property.name].value }
                fields["content"] = ["application/json": .map(content)]
            }
            if !property.documentation.isEmpty { fields["description"] = .text(property.documentation) }
            return .map(fields)
        }
    }

    private static func responses(_ capability: Capability, _ names: inout Schema.Names) -> Value {
        let problem: Value = [
            "description": "Why it was refused.",
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
        ]
        if capability.output == .nothing {
            return ["204": ["description": "It is done."], "default": problem]
        }
        let type = capability.kind == .subscription ? "text/event-stream" : "application/json"
        let schema = capability.kind == .subscription ? ["type": "string"] : capability.output.json(&names)
        let content: Value = .map(Fields(unique: [(type, ["schema": schema])]))
        return ["200": ["description": "The answer.", "content": content], "default": problem]
    }

    private static func security(_ access: Access) -> Value {
        switch access {
        case .anyone: [.map(Fields())]
        case .device: [["bearer": .array([])]]
        case .scope: [["bearer": .array([])], ["key": .array([])], .map(Fields())]
        }
    }

    private static let problem: Value = [
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance", "errors", "requestId"],
        "properties": [
            "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
            "detail": ["type": "string"], "instance": ["type": "string"], "requestId": ["type": "string"],
            "errors": [
                "type": "array",
                "items": [
                    "type": "object",
                    "required": ["path", "code", "message"],
                    "properties": [
                        "path": ["type": "string"], "code": ["type": "string"], "message": ["type": "string"],
                    ],
                ],
            ],
            "uncertain": ["type": "boolean"],
        ],
    ]
}

extension Schema.Property {
    /// Whether a parameter is the text as it is.
    fileprivate var isText: Bool {
        switch schema.unnamed {
        case .text, .choice, .instant: true
        default: false
        }
    }
}
