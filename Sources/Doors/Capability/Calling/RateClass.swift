/// What calls are counted as, when how often they may come is limited: several capabilities may share one class.
package struct RateClass: Sendable, Hashable {
    package let name: String

    package init(_ name: String) { self.name = name }
}
