internal import Basics

/// What each agent writes about, as a direction in a space of 2,048 dimensions.
///
/// A word is a random ±1 vector that its bytes seed; a profile is the sum of an agent's words, older texts weighing
/// less, brought to length 1. Agents that share no words are all but orthogonal, σ = 1/√2048.
package struct AgentProfiles: Sendable {
    package static let dimensions = 2_048
    /// The weight of a text, relative to the next newer one of its agent.
    private static let decay = 0.98

    /// Unit vectors, in the order in which agents came.
    package private(set) var profiles: [[Double]] = []

    package var count: Int { profiles.count }

    /// Takes texts with who wrote them, newest first.
    package init(_ texts: [(agent: String, text: String)]) {
        var places: [PhraseKey: Int] = [:]
        var weights: [Double] = []
        var sums: [[Double]] = []
        for (agent, text) in texts {
            let words = Self.words(text)
            guard !words.isEmpty else { continue }
            let place = places[PhraseKey(text: agent)] ?? sums.count
            if place == sums.count {
                places[PhraseKey(text: agent)] = place
                weights.append(1)
                sums.append([Double](repeating: 0, count: Self.dimensions))
            }
            for word in words { Self.add(word, weights[place], to: &sums[place]) }
            weights[place] *= Self.decay
        }
        profiles = sums.compactMap { sum in
            let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return length > 0 ? sum.map { $0 / length } : nil
        }
    }

    init(_ particles: ArraySlice<Particle>) {
        self.init(particles.map { ($0.device, $0.phrase) })
    }

    /// The mean cosine of all pairs, by one sum: (‖Σu‖² − N) ÷ (N(N − 1)); nil for less than two agents.
    package var meanResonance: Double? {
        guard count > 1 else { return nil }
        var sum = [Double](repeating: 0, count: Self.dimensions)
        for profile in profiles { for place in sum.indices { sum[place] += profile[place] } }
        let square = sum.reduce(0) { $0 + $1 * $1 }
        return (square - Double(count)) / (Double(count) * Double(count - 1))
    }

    /// Hashes of the words of a text: letters and digits, ASCII in lower case.
    private static func words(_ text: String) -> [UInt64] {
        let start: UInt64 = 0xCBF2_9CE4_8422_2325
        var words: [UInt64] = []
        var hash = start
        var isInWord = false
        for byte in text.utf8 {
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            let isLower = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if isUpper || isLower || isDigit || byte >= 0x80 {
                hash = (hash ^ UInt64(isUpper ? byte + 0x20 : byte)) &* 0x0000_0100_0000_01B3
                isInWord = true
            } else if isInWord {
                words.append(hash)
                (hash, isInWord) = (start, false)
            }
        }
        if isInWord { words.append(hash) }
        return words
    }

    /// Adds the vector of a word: successive numbers of SplitMix64, a bit for each sign.
    private static func add(_ word: UInt64, _ weight: Double, to sum: inout [Double]) {
        var state = word
        for start in stride(from: 0, to: dimensions, by: 64) {
            state &+= 0x9E37_79B9_7F4A_7C15
            var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
            bits ^= bits >> 31
            for place in start..<(start + 64) {
                sum[place] += bits & 1 == 0 ? weight : -weight
                bits >>= 1
            }
        }
    }
}
