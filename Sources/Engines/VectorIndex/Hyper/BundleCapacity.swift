/// How much a hypervector can carry: what chance does to bits, exactly, by binomial distributions.
package struct BundleCapacity: Sendable {
    package let bits: Int

    package init(bits: Int = Hypervector.commonBits) { self.bits = bits }

    /// The greatest distance that two independent hypervectors fall to or below with a chance of less than
    /// `chance`; nil when even distance 0 is likelier.
    package func strangerThreshold(chance: Double) -> Int? {
        let random = Binomial(trials: bits, chance: 0.5)
        return random.atMost.lastIndex { $0 < chance }
    }

    /// How far, as a share of all bits, a member lies from a bundle of an odd number of members, on average.
    package func memberDistance(members: Int) -> Double {
        precondition(members % 2 == 1 && members > 0, "an odd number of members is never undecided")
        // ½ − C(K−1, (K−1)/2) / 2^K, as a product of numbers near one.
        let pairs = (members - 1) / 2
        var middle = 1.0
        for pair in stride(from: 1, through: pairs, by: 1) { middle *= Double(2 * pair - 1) / Double(2 * pair) }
        return 0.5 - middle / 2
    }

    /// How likely a given member of a bundle is nearer to it than all the `strangers`, an even distance counting as
    /// lost.
    package func recall(members: Int, strangers: Int) -> Double {
        let member = Binomial(trials: bits, chance: memberDistance(members: members))
        let random = Binomial(trials: bits, chance: 0.5)
        var sum = 0.0
        for distance in 0...bits {
            sum += member.exactly[distance] * Self.spared(Swift.min(1, random.atMost[distance]), times: strangers)
        }
        return Swift.min(1, sum)
    }

    /// The largest odd number of members of which each is found among `items` at least this surely.
    package func largestBundle(items: Int, recall wanted: Double) -> Int {
        var members = 1
        while members + 2 <= items, recall(members: members + 2, strangers: items - members - 2) >= wanted {
            members += 2
        }
        return members
    }

    /// (1 − chance) to the power of `times`, exact also where the chance is tiny.
    private static func spared(_ chance: Double, times: Int) -> Double {
        // Kept as what is missing to one: a and b missing make a + b − ab.
        var (missing, square, rest) = (0.0, chance, times)
        while rest > 0 {
            if rest & 1 == 1 { missing += square - missing * square }
            square = 2 * square - square * square
            rest >>= 1
        }
        return 1 - missing
    }
}

/// How often something happens in a number of trials.
struct Binomial {
    /// The chance of exactly as many.
    let exactly: [Double]
    /// The chance of as many or fewer.
    let atMost: [Double]

    /// From the likeliest number outwards by the ratio of neighbours, then scaled to one: nothing underflows that
    /// matters.
    init(trials: Int, chance: Double) {
        let mode = Swift.min(trials, Int(Double(trials + 1) * chance))
        var exactly = [Double](repeating: 0, count: trials + 1)
        exactly[mode] = 1
        let odds = chance / (1 - chance)
        for number in stride(from: mode + 1, through: trials, by: 1) {
            exactly[number] = exactly[number - 1] * Double(trials - number + 1) / Double(number) * odds
        }
        for number in stride(from: mode - 1, through: 0, by: -1) {
            exactly[number] = exactly[number + 1] * Double(number + 1) / Double(trials - number) / odds
        }
        let total = exactly.sorted().reduce(0, +)
        var atMost: [Double] = []
        var sum = 0.0
        for number in exactly.indices {
            exactly[number] /= total
            sum += exactly[number]
            atMost.append(sum)
        }
        self.exactly = exactly
        self.atMost = atMost
    }
}
