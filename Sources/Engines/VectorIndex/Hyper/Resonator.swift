/// Finds the factors of a product: given x ⊕ y ⊕ z and the items that each may be, which they are, without trying all
/// combinations (Frady, Kent, Olshausen and Sommer, 2020).
///
/// Every factor begins as the bundle of all its items. In turn each is unbound from the others' guesses, compared
/// with its items, and becomes their sum weighted by the similarities; until nothing changes.
package struct Resonator: Sendable {
    package let codebooks: [[Hypervector]]
    /// Decides undecided bits.
    package let tie: Hypervector

    /// Nil unless there is a codebook, and none is empty.
    package init?(codebooks: [[Hypervector]], tie: Hypervector) {
        guard !codebooks.isEmpty, codebooks.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.codebooks = codebooks
        self.tie = tie
    }

    package struct Factors: Sendable, Hashable {
        /// The item of each codebook.
        package let items: [Int]
        package let rounds: Int
        /// Whether the items' product is the one that was asked for, or within its noise.
        package let distance: Int
    }

    /// The best factors after at most `limit` rounds; earlier when a round changes nothing.
    package func factors(of product: Hypervector, rounds limit: Int = 200) -> Factors {
        var guesses = codebooks.map { items in
            Hypervector.bundle(weighted: items.map { ($0, weight: 1) }, tie: tie)
        }
        var rounds = 0
        while rounds < limit {
            rounds += 1
            let before = guesses
            for factor in guesses.indices {
                guesses[factor] = cleaned(rest(of: product, without: factor, guesses), factor)
            }
            if guesses == before { break }
        }
        let items = guesses.indices.map { item(nearestTo: guesses[$0], $0) }
        var joined = codebooks[0][items[0]]
        for factor in items.indices.dropFirst() { joined = joined.bound(to: codebooks[factor][items[factor]]) }
        return Factors(items: items, rounds: rounds, distance: joined.distance(to: product))
    }

    /// The item that a guess stands for, or the opposite of: two factors turned over have the same product.
    private func item(nearestTo guess: Hypervector, _ factor: Int) -> Int {
        let strengths = codebooks[factor].map { abs(guess.bits - 2 * guess.distance(to: $0)) }
        return strengths.indices.max { strengths[$0] < strengths[$1] } ?? 0
    }

    private func rest(of product: Hypervector, without factor: Int, _ guesses: [Hypervector]) -> Hypervector {
        var rest = product
        for other in guesses.indices where other != factor { rest = rest.bound(to: guesses[other]) }
        return rest
    }

    private func cleaned(_ noisy: Hypervector, _ factor: Int) -> Hypervector {
        let items = codebooks[factor]
        let weighted = items.map { item in
            (item, weight: Int32(noisy.bits - 2 * noisy.distance(to: item)))
        }
        return Hypervector.bundle(weighted: weighted, tie: tie)
    }
}
