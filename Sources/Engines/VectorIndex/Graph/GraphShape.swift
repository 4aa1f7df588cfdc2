/// How a graph is made: what costs memory and time once, and saves time in every search.
package struct GraphShape: Sendable, Hashable {
    /// Links that a new node chooses in each layer; layer 0 has room for twice as many.
    package let degree: Int
    /// How many near nodes an insertion looks at to choose from.
    package let breadth: Int
    /// Decides, with its number, how high a node stands.
    package let seed: UInt64

    package init(degree: Int = 16, breadth: Int = 128, seed: UInt64 = 1) {
        precondition((2...128).contains(degree) && breadth >= degree, "a graph has a few links a node")
        self.degree = degree
        self.breadth = breadth
        self.seed = seed
    }

    /// The top layer of a node: each layer has a `degree`-th of the nodes of the one below.
    func level(of number: Int) -> Int {
        var chance = Scatter.mix(seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
        var level = 0
        let share = UInt64.max / UInt64(degree)
        while chance < share, level < 15 {
            level += 1
            chance = Scatter.mix(chance)
        }
        return level
    }
}

/// Scatters the bits of numbers, so that neighbours have nothing in common.
enum Scatter {
    static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
