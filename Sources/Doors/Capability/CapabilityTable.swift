internal import Basics

/// Every capability, by its name: what doors render.
package struct CapabilityTable: Sendable {
    /// In the order of their names.
    package let list: [Capability]
    private let places: [Key: Int]

    /// Names compare as bytes, whatever a caller spells them with.
    private struct Key: Hashable {
        let name: String

        static func == (one: Self, other: Self) -> Bool { one.name.hasSameBytes(as: other.name) }
        func hash(into hasher: inout Hasher) { name.hashBytes(into: &hasher) }
    }

    package init(_ capabilities: [Capability]) {
        list = capabilities.sorted { $0.name < $1.name }
        var places: [Key: Int] = [:]
        for (place, capability) in list.enumerated() {
            let earlier = places.updateValue(place, forKey: Key(name: capability.name.text))
            precondition(earlier == nil, "\(capability.name.text) is declared twice")
        }
        self.places = places
    }

    package subscript(name: String) -> Capability? { places[Key(name: name)].map { list[$0] } }
}
