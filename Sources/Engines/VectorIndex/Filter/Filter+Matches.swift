package import Basics

/// What a filter looks at.
package struct FilteredPoint: Sendable {
    /// Nil for an object inside a payload.
    package let id: PointID?
    package let payload: Value
    package let vectors: Set<String>

    package init(id: PointID?, payload: Value, vectors: Set<String> = []) {
        self.id = id
        self.payload = payload
        self.vectors = vectors
    }
}

extension Filter {
    package func matches(_ point: FilteredPoint) -> Bool {
        must.allSatisfy { $0.matches(point) } && !mustNot.contains { $0.matches(point) }
            && (should.isEmpty || should.contains { $0.matches(point) })
            && (minShould.map { $0.conditions.count { $0.matches(point) } >= $0.count } ?? true)
    }
}

extension Filter.Condition {
    package func matches(_ point: FilteredPoint) -> Bool {
        switch self {
        case .field(let path, let test): test.holds(at: path, in: point.payload)
        case .isEmpty(let path): path.values(in: point.payload, arrays: .whole).allSatisfy(\.isEmpty)
        case .isNull(let path): path.values(in: point.payload, arrays: .whole).contains(where: \.isNull)
        case .hasID(let ids): point.id.map(ids.contains) ?? false
        case .hasVector(let name): point.vectors.contains(name)
        case .nested(let path, let filter):
            path.objects(in: point.payload).contains { filter.matches(FilteredPoint(id: nil, payload: $0)) }
        case .filter(let filter): filter.matches(point)
        case .not(let condition): !condition.matches(point)
        }
    }
}

extension FieldTest {
    func holds(at path: PayloadPath, in payload: Value) -> Bool {
        if case .count(let range) = self {
            // A path that names nothing but nulls names nothing; one that is missing counts as that too.
            let values = path.values(in: payload, arrays: .whole)
            let counts = values.allSatisfy { $0 == .null } ? [0] : values.map(\.elements)
            return counts.contains { range.contains(.integer(Int64($0))) }
        }
        return path.values(in: payload, arrays: .opened).contains(where: holds)
    }

    func holds(_ value: Value) -> Bool {
        switch self {
        case .any(let values): return values.contains(value)
        case .except(let values): return value != .null && !values.contains(value)
        case .range(let range): return value.isNumber && range.contains(value)
        case .geo(let area): return area.contains(value)
        case .count: return false
        case .words, .anyWord, .phrase, .prefix, .substring, .time:
            guard case .text(let text) = value else { return false }
            return holds(text: text)
        }
    }

    private func holds(text: String) -> Bool {
        switch self {
        case .words(let words):
            let present = Set(TextTokens.of(text).map(Value.text))
            return !words.isEmpty && words.allSatisfy { present.contains(.text($0)) }
        case .anyWord(let words):
            let present = Set(TextTokens.of(text).map(Value.text))
            return words.contains { present.contains(.text($0)) }
        case .phrase(let words):
            let present = TextTokens.of(text)
            guard !words.isEmpty, present.count >= words.count else { return false }
            return (0...present.count - words.count).contains {
                present[$0..<$0 + words.count].elementsEqual(words, by: { $0.hasSameBytes(as: $1) })
            }
        case .prefix(let prefix): return text.utf8.starts(with: prefix.utf8)
        case .substring(let part): return Self.holds(Array(text.utf8), Array(part.utf8))
        case .time(let range):
            guard let time = DateTime.microseconds(text) else { return false }
            return range.contains(.integer(time))
        default: return false
        }
    }

    private static func holds(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard part.count <= text.count else { return false }
        return (0...text.count - part.count).contains { text[$0..<$0 + part.count].elementsEqual(part) }
    }
}

extension Value {
    fileprivate var isEmpty: Bool {
        switch self {
        case .null: true
        case .array(let elements): elements.isEmpty
        default: false
        }
    }

    fileprivate var isNull: Bool {
        switch self {
        case .null: true
        case .array(let elements): elements.contains(.null)
        default: false
        }
    }

    fileprivate var elements: Int {
        switch self {
        case .null: 0
        case .array(let elements): elements.count
        default: 1
        }
    }
}

extension PayloadPath {
    /// The objects in the arrays at the path; `[]` at its end adds nothing.
    fileprivate func objects(in payload: Value) -> [Value] {
        let open = steps.count > 1 && steps.last == .all ? PayloadPath(steps: Array(steps.dropLast())) : self
        return open.values(in: payload, arrays: .whole).flatMap { value -> [Value] in
            guard case .array(let elements) = value else { return [] }
            return elements.filter { if case .map = $0 { true } else { false } }
        }
    }
}
