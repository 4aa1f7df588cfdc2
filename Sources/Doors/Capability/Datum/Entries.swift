internal import Basics

/// The entries of an object, in the order in which they came; their keys are unique, and compare as bytes.
package struct Entries: Sendable {
    package struct Entry: Sendable {
        package let key: String
        package var value: Datum

        package init(key: String, value: Datum) {
            self.key = key
            self.value = value
        }
    }

    package private(set) var list: [Entry]

    package init(_ list: [Entry] = []) { self.list = list }

    /// The value of a key, `absent` when it has none.
    ///
    /// Objects that are asked have few keys: each look goes through them.
    package subscript(key: String) -> Datum {
        get { list.first { $0.key.hasSameBytes(as: key) }?.value ?? .absent }
        set {
            if let index = list.firstIndex(where: { $0.key.hasSameBytes(as: key) }) {
                list[index].value = newValue
            } else {
                list.append(Entry(key: key, value: newValue))
            }
        }
    }

    /// Whether the key is there, whatever its value.
    package func contains(_ key: String) -> Bool { list.contains { $0.key.hasSameBytes(as: key) } }
}

extension Entries: Equatable {
    /// Their order does not count.
    package static func == (one: Self, other: Self) -> Bool {
        one.list.count == other.list.count
            && one.list.allSatisfy { other.contains($0.key) && other[$0.key] == $0.value }
    }
}
