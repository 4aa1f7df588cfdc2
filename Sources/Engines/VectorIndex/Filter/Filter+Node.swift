internal import Basics

/// A part of a filter's JSON, and where it stands.
struct Node {
    let value: Value
    let place: String

    init(_ value: Value, at place: String) {
        self.value = value
        self.place = place
    }

    func fault(_ reason: String) -> FilterFault { FilterFault(place: place, reason: reason) }

    func object(only known: Set<String>? = nil) throws(FilterFault) -> [String: Node] {
        guard case .map(let fields) = value else { throw fault("an object is needed") }
        var nodes: [String: Node] = [:]
        for (key, value) in fields {
            let inner = Node(value, at: place.isEmpty ? key : "\(place).\(key)")
            guard known?.contains(key) ?? true else { throw inner.fault("unknown field") }
            nodes[key] = inner
        }
        return nodes
    }

    func elements() throws(FilterFault) -> [Node] {
        guard case .array(let elements) = value else { throw fault("an array is needed") }
        return elements.enumerated().map { Node($1, at: "\(place)[\($0)]") }
    }

    func text() throws(FilterFault) -> String {
        guard case .text(let text) = value else { throw fault("a text is needed") }
        return text
    }

    func flag() throws(FilterFault) -> Bool {
        guard case .bool(let flag) = value else { throw fault("true or false is needed") }
        return flag
    }

    func number() throws(FilterFault) -> Double {
        guard value.isNumber else { throw fault("a number is needed") }
        return value.number
    }

    func payloadPath() throws(FilterFault) -> PayloadPath {
        guard let path = PayloadPath(try text()) else { throw fault("no path into a payload") }
        return path
    }

    func point() throws(FilterFault) -> GeoArea.Point {
        let fields = try object(only: ["lon", "lat"])
        return GeoArea.Point(
            longitude: try fields.need("lon", in: self).number(),
            latitude: try fields.need("lat", in: self).number()
        )
    }

    func ring() throws(FilterFault) -> [GeoArea.Point] {
        var points: [GeoArea.Point] = []
        for node in try object(only: ["points"]).need("points", in: self).elements() { points.append(try node.point()) }
        return points
    }

    /// What a value may equal: a text, an integer or a truth value.
    func keyword() throws(FilterFault) -> Value {
        switch value {
        case .text, .integer, .bool: return value
        default: throw fault("a text, an integer or a truth value is needed")
        }
    }

    func keywords() throws(FilterFault) -> Set<Value> {
        var values: Set<Value> = []
        for element in try elements() { values.insert(try element.keyword()) }
        return values
    }

    /// Whether the bounds of a range are times.
    func isTimes() throws(FilterFault) -> Bool {
        try object(only: ["gt", "gte", "lt", "lte"]).values.contains {
            if case .text = $0.value { true } else { false }
        }
    }

    func range() throws(FilterFault) -> NumberRange {
        try bounds { node throws(FilterFault) in
            guard node.value.isNumber else { throw node.fault("a number is needed") }
            return node.value
        }
    }

    func times() throws(FilterFault) -> NumberRange {
        try bounds { node throws(FilterFault) in
            guard let time = DateTime.microseconds(try node.text()) else { throw node.fault("no time") }
            return .integer(time)
        }
    }

    private func bounds(_ bound: (Node) throws(FilterFault) -> Value) throws(FilterFault) -> NumberRange {
        let fields = try object(only: ["gt", "gte", "lt", "lte"])
        var range = NumberRange()
        for (name, node) in fields where node.value != .null {
            switch name {
            case "gt": range.above = try bound(node)
            case "gte": range.from = try bound(node)
            case "lt": range.below = try bound(node)
            default: range.to = try bound(node)
            }
        }
        return range
    }
}

extension [String: Node] {
    func need(_ key: String, in parent: Node) throws(FilterFault) -> Node {
        guard let node = self[key] else { throw parent.fault("`\(key)` is missing") }
        return node
    }
}
