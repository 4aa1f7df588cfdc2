// JSON documents.
extension Function {
    static let documents: [Function] = [
        Function("json", 1) { arguments, _ throws(ScriptError) in .json(JSONTree(arguments[0])) },
        Function("parse_json", 1) { arguments, _ throws(ScriptError) in
            guard case .text(let text) = arguments[0] else {
                throw .evaluation("parse_json requires a string argument")
            }
            guard let tree = JSONTree(parsing: text) else { throw .evaluation("the text is no JSON: \(text)") }
            return .json(tree)
        },
        Function("dump_json", 1) { arguments, _ throws(ScriptError) in
            guard case .json(let tree) = arguments[0] else {
                throw .evaluation("dump_json requires a json argument")
            }
            return .text(tree.description)
        },
        Function("json_object", 0, variadic: true) { arguments, _ throws(ScriptError) in
            guard arguments.count % 2 == 0 else {
                throw .evaluation("json_object requires an even number of arguments")
            }
            let pairs = stride(from: 0, to: arguments.count, by: 2).map {
                (arguments[$0].plainText, JSONTree(arguments[$0 + 1]))
            }
            return .json(.object(of: pairs))
        },
        Function("json_to_scalar", 1) { arguments, _ throws(ScriptError) in
            if case .json(let tree) = arguments[0] { tree.scalar } else { arguments[0] }
        },
        Function("set_json_path", 3) { arguments, _ throws(ScriptError) in
            guard case .list(let path) = arguments[1] else { throw .evaluation("json path must be a string") }
            var tree = JSONTree(arguments[0])
            try tree.set(path[...], to: JSONTree(arguments[2]))
            return .json(tree)
        },
        Function("remove_json_path", 2) { arguments, _ throws(ScriptError) in
            guard case .list(let path) = arguments[1] else { throw .evaluation("json path must be a string") }
            guard !path.isEmpty else { throw .evaluation("json path must not be empty") }
            var tree = JSONTree(arguments[0])
            try tree.remove(path[...])
            return .json(tree)
        },
    ]
}

extension Datum {
    /// The value as `to_string` gives it: texts without quotes, the rest as JSON.
    var plainText: String {
        switch self {
        case .text(let text), .json(.text(let text)): text
        default: JSONTree(self).description
        }
    }
}

extension JSONTree {
    /// What a path of keys and places leads to.
    func descendant(_ path: [Datum]) throws(ScriptError) -> JSONTree {
        var tree = self
        for key in path {
            switch tree {
            case .object:
                guard let member = tree.member(key.plainText) else {
                    throw .evaluation("json path does not exist")
                }
                tree = member
            case .array(let elements):
                guard let place = key.wholeNumber else {
                    throw .evaluation("json path must be a string or a number")
                }
                guard place >= 0, place < elements.count else { throw .evaluation("json path does not exist") }
                tree = elements[Int(place)]
            default: throw .evaluation("json path does not exist")
            }
        }
        return tree
    }

    private static let longestArray: Int64 = 1 << 20

    /// Replaces what a path leads to; missing objects and elements are made.
    mutating func set(_ path: ArraySlice<Datum>, to value: JSONTree) throws(ScriptError) {
        guard let key = path.first else {
            self = value
            return
        }
        switch self {
        case .object:
            var member = self.member(key.plainText) ?? .object([])
            try member.set(path.dropFirst(), to: value)
            set(key.plainText, to: member)
        case .array(var elements):
            guard let place = key.wholeNumber, place >= 0, place < Self.longestArray else {
                throw .evaluation("json path must be a string or a number")
            }
            while elements.count <= place { elements.append(.null) }
            try elements[Int(place)].set(path.dropFirst(), to: value)
            self = .array(elements)
        default: throw .evaluation("json path does not exist")
        }
    }

    mutating func remove(_ path: ArraySlice<Datum>) throws(ScriptError) {
        guard let key = path.first else { return }
        switch self {
        case .object:
            if path.count == 1 { return remove(key.plainText) }
            guard var member = member(key.plainText) else { return }
            try member.remove(path.dropFirst())
            set(key.plainText, to: member)
        case .array(var elements):
            guard let place = key.wholeNumber, place >= 0, place < elements.count else {
                throw .evaluation("json path does not exist")
            }
            if path.count == 1 {
                elements.remove(at: Int(place))
            } else {
                try elements[Int(place)].remove(path.dropFirst())
            }
            self = .array(elements)
        default: throw .evaluation("json path does not exist")
        }
    }

    /// Objects are merged member by member, arrays joined; of anything else the second counts.
    func merged(with other: JSONTree) -> JSONTree {
        switch (self, other) {
        case (.object, .object(let members)):
            var whole = self
            for member in members {
                whole.set(member.key, to: (self.member(member.key) ?? .null).merged(with: member.value))
            }
            return whole
        case (.array(let one), .array(let other)): return .array(one + other)
        default: return other
        }
    }
}
