internal import Basics
internal import VectorIndex

/// Vectors in clusters, the same for the same seed: what searches are measured on.
///
/// Every row can be made alone. A number is a centre's plus noise of the same spread, about normal; a bit is its
/// centre's, changed one time in eight.
struct ClusteredRows: Sendable {
    let seed: UInt64
    let dimension: Int
    let clusters: Int
    let metric: Metric

    init(seed: UInt64, rows: Int, dimension: Int, metric: Metric) {
        self.seed = seed
        self.dimension = dimension
        self.metric = metric
        clusters = Swift.max(20, rows / 1000)
    }

    /// A row, by its number; queries are rows of negative numbers.
    func row(_ number: Int) -> Query {
        var noise = Words(seed: seed &+ UInt64(bitPattern: Int64(number)) &* 0xD134_2543_DE82_EF95 &+ 1)
        let cluster = UInt64(noise.next() % UInt64(clusters))
        var centre = Words(seed: ~seed &+ cluster &* 0xA24B_AED4_963E_E407)
        guard metric == .hamming else {
            return .numbers((0..<dimension).map { _ in centre.normal() + noise.normal() })
        }
        var bits: [UInt8] = []
        bits.reserveCapacity(dimension / 8)
        for _ in 0..<dimension / 64 {
            bits.append(word: centre.next() ^ (noise.next() & noise.next() & noise.next()))
        }
        return .bits(bits)
    }

    /// A number from 0 to 999 for each row, of which filters choose a part.
    func label(_ number: Int) -> Int64 {
        var words = Words(seed: seed ^ UInt64(number) &* 0x9E6C_63D0_76CC_4D49)
        return Int64(words.next() % 1000)
    }

    /// SplitMix64.
    private struct Words {
        private var state: UInt64

        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }

        /// The sum of eight bytes, brought to mean 0 and deviation 1.
        mutating func normal() -> Float {
            let word = next()
            let pairs = (word & 0x00FF_00FF_00FF_00FF) &+ ((word >> 8) & 0x00FF_00FF_00FF_00FF)
            let sum = (pairs &* 0x0001_0001_0001_0001) >> 48
            return (Float(sum) - 1020) / 209.02
        }
    }
}
