internal import Basics

/// A JSON document as a value.
///
/// The keys of an object stand in the order of their bytes.
package indirect enum JSONTree: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case float(Double)
    case text(String)
    case array([JSONTree])
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: JSONTree
    }

    /// An object of these members; of two with one key the later counts.
    static func object(of members: some Sequence<(String, JSONTree)>) -> JSONTree {
        var object = JSONTree.object([])
        for (key, value) in members { object.set(key, to: value) }
        return object
    }

    /// The member's value; nil when there is none, or this is no object.
    package func member(_ key: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        let place = Self.place(of: key, in: members)
        guard place < members.count, Order.ofBytes(members[place].key, key) == .equal else { return nil }
        return members[place].value
    }

    mutating func set(_ key: String, to value: JSONTree) {
        guard case .object(var members) = self else { return }
        self = .null
        let place = Self.place(of: key, in: members)
        if place < members.count, Order.ofBytes(members[place].key, key) == .equal {
            members[place].value = value
        } else {
            members.insert(Member(key: key, value: value), at: place)
        }
        self = .object(members)
    }

    mutating func remove(_ key: String) {
        guard case .object(var members) = self else { return }
        members.removeAll { Order.ofBytes($0.key, key) == .equal }
        self = .object(members)
    }

    private static func place(of key: String, in members: [Member]) -> Int {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if Order.ofBytes(members[middle].key, key) == .less { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension JSONTree {
    /// The tree that shows a value, as the function `json` gives it.
    init(_ datum: Datum) {
        self =
            switch datum {
            case .null, .bottom: .null
            case .bool(let bool): .bool(bool)
            case .int(let number): .int(number)
            case .float(let number): number.isFinite ? .float(number) : .null
            case .text(let text): .text(text)
            case .bytes(let bytes): .array(bytes.map { .int(Int64($0)) })
            case .uuid(let id):
                .array((0..<16).map { .int(Int64(($0 < 8 ? id.high : id.low) >> (56 - UInt64($0 % 8) * 8) & 0xFF)) })
            case .regex(let pattern): .text(pattern.source)
            case .list(let elements), .set(let elements): .array(elements.map(JSONTree.init))
            case .vector(let vector): .array(vector.doubles.map { .float($0) })
            case .json(let tree): tree
            case .validity(let validity): .array([.int(validity.moment), .bool(validity.isAssertion)])
            }
    }

    /// The value of a scalar; arrays and objects stay trees.
    var scalar: Datum {
        switch self {
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .int(let number): .int(number)
        case .float(let number): .float(number)
        case .text(let text): .text(text)
        case .array, .object: .json(self)
        }
    }

    /// The value that a document from outside stands for: its arrays are lists.
    package var datum: Datum {
        if case .array(let elements) = self { .list(elements.map(\.datum)) } else { scalar }
    }
}

extension JSONTree: CustomStringConvertible {
    package var description: String {
        var writer = JSONText()
        writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
