extension Hypervector {
    /// A record: each filler bound to its role, bundled.
    ///
    /// Binding the record to a role again leaves that role's filler, with noise that an item memory takes away. Nil
    /// when there are no fields.
    package static func record(_ fields: [(role: Hypervector, filler: Hypervector)], tie: Hypervector) -> Hypervector? {
        bundle(fields.map { $0.role.bound(to: $0.filler) }, tie: tie)
    }

    /// A sequence by its runs of `length` symbols: in each the last stands as it is, the one before it is turned by
    /// one, and so on; bound, then all runs bundled.
    ///
    /// Similar sequences share runs. Nil when there is no whole run.
    package static func sequence(_ symbols: [Hypervector], runs length: Int, tie: Hypervector) -> Hypervector? {
        guard length > 0, symbols.count >= length else { return nil }
        let runs = (0...symbols.count - length).map { first in
            (1..<length).reduce(symbols[first].permuted(length - 1)) { run, place in
                run.bound(to: symbols[first + place].permuted(length - 1 - place))
            }
        }
        return bundle(runs, tie: tie)
    }
}
