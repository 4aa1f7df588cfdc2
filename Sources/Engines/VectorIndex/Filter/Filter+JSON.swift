package import Basics

/// A filter that is none: what is wrong, and where.
package struct FilterFault: Error, Sendable, Hashable {
    /// As in `must[0].match`.
    package let place: String
    package let reason: String

    package init(place: String, reason: String) {
        self.place = place
        self.reason = reason
    }
}

extension Filter {
    /// Reads a filter in Qdrant's JSON.
    package init(_ value: Value) throws(FilterFault) {
        try self.init(Node(value, at: ""))
    }

    private init(_ node: Node) throws(FilterFault) {
        let fields = try node.object(only: ["must", "should", "must_not", "min_should"])
        self.init(
            must: try Self.conditions(fields["must"]),
            should: try Self.conditions(fields["should"]),
            mustNot: try Self.conditions(fields["must_not"])
        )
        guard let least = fields["min_should"], least.value != .null else { return }
        let parts = try least.object(only: ["conditions", "min_count"])
        let count = try parts.need("min_count", in: least)
        guard case .integer(let number) = count.value, number >= 1, number < 1 << 31 else {
            throw count.fault("a count of at least 1 is needed")
        }
        minShould = MinShould(conditions: try Self.conditions(parts["conditions"]), count: Int(number))
    }

    /// One condition, or an array of them.
    private static func conditions(_ node: Node?) throws(FilterFault) -> [Condition] {
        guard let node, node.value != .null else { return [] }
        guard case .array = node.value else { return [try condition(node)] }
        var conditions: [Condition] = []
        for element in try node.elements() { conditions.append(try condition(element)) }
        return conditions
    }

    private static func condition(_ node: Node) throws(FilterFault) -> Condition {
        let fields = try node.object()
        if let ids = fields["has_id"] { return .hasID(try identifiers(ids)) }
        if let name = fields["has_vector"] { return .hasVector(try name.text()) }
        if let empty = fields["is_empty"], case .map = empty.value { return .isEmpty(try keyPath(empty)) }
        if let null = fields["is_null"], case .map = null.value { return .isNull(try keyPath(null)) }
        if let nested = fields["nested"] {
            let parts = try nested.object(only: ["key", "filter"])
            return .nested(
                try parts.need("key", in: nested).payloadPath(),
                try Filter(parts.need("filter", in: nested))
            )
        }
        if let key = fields["key"] { return try field(key.payloadPath(), fields, node) }
        return .filter(try Filter(node))
    }

    private static func keyPath(_ node: Node) throws(FilterFault) -> PayloadPath {
        try node.object(only: ["key"]).need("key", in: node).payloadPath()
    }

    private static func identifiers(_ node: Node) throws(FilterFault) -> Set<PointID> {
        var ids: Set<PointID> = []
        for element in try node.elements() {
            switch element.value {
            case .integer(let number) where number >= 0: ids.insert(.number(UInt64(number)))
            case .double(let number) where number >= 0 && number < 0x1p64: ids.insert(.number(UInt64(number)))
            case .text(let text):
                guard let id = PointID(uuid: text) else { throw element.fault("no UUID") }
                ids.insert(id)
            default: throw element.fault("a number or a UUID is needed")
            }
        }
        return ids
    }

    private static func field(
        _ path: PayloadPath,
        _ fields: [String: Node],
        _ node: Node
    ) throws(FilterFault) -> Condition {
        if let count = fields["values_count"] { return .field(path, .count(try count.range())) }
        if let empty = fields["is_empty"] { return try empty.flag() ? .isEmpty(path) : .not(.isEmpty(path)) }
        if let null = fields["is_null"] { return try null.flag() ? .isNull(path) : .not(.isNull(path)) }
        if let match = fields["match"] { return .field(path, try FieldTest(match: match)) }
        if let range = fields["range"] {
            return .field(path, try range.isTimes() ? .time(range.times()) : .range(range.range()))
        }
        if let box = fields["geo_bounding_box"] {
            let parts = try box.object(only: ["top_left", "bottom_right"])
            let corners = (try parts.need("top_left", in: box).point(), try parts.need("bottom_right", in: box).point())
            return .field(path, .geo(.box(topLeft: corners.0, bottomRight: corners.1)))
        }
        if let circle = fields["geo_radius"] {
            let parts = try circle.object(only: ["center", "radius"])
            let centre = try parts.need("center", in: circle).point()
            return .field(path, .geo(.circle(centre: centre, radius: try parts.need("radius", in: circle).number())))
        }
        if let polygon = fields["geo_polygon"] {
            let parts = try polygon.object(only: ["exterior", "interiors"])
            var holes: [[GeoArea.Point]] = []
            if let interiors = parts["interiors"], interiors.value != .null {
                for hole in try interiors.elements() { holes.append(try hole.ring()) }
            }
            return .field(path, .geo(.polygon(outer: try parts.need("exterior", in: polygon).ring(), holes: holes)))
        }
        throw node.fault("a field needs a test: match, range, values_count, is_empty, is_null, geo_…")
    }
}

extension FieldTest {
    fileprivate init(match node: Node) throws(FilterFault) {
        let fields = try node.object()
        guard fields.count == 1, let (name, operand) = fields.first else {
            throw node.fault("one kind of match is needed")
        }
        switch name {
        case "value": self = .any([try operand.keyword()])
        case "any": self = .any(try operand.keywords())
        case "except": self = .except(try operand.keywords())
        case "text": self = .words(TextTokens.of(try operand.text()))
        case "text_any": self = .anyWord(TextTokens.of(try operand.text()))
        case "phrase": self = .phrase(TextTokens.of(try operand.text()))
        case "prefix": self = .prefix(try operand.text())
        case "substring": self = .substring(try operand.text())
        default: throw operand.fault("no kind of match")
        }
    }
}
