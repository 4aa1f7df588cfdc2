/// One ranking out of many, each best first: for searches that asked in several ways.
package enum Fusion: Sendable, Hashable {
    /// By place: the sum of 1 / (place + constant), the first place being 0. Scores of different kinds need no
    /// common measure.
    case reciprocal(constant: Double = 2)
    /// By score: each ranking's scores are laid between three standard deviations below their mean and three above
    /// it, then added.
    case distribution

    package struct Scored<ID: Hashable & Comparable & Sendable>: Sendable {
        package let id: ID
        package let score: Double

        package init(id: ID, score: Double) {
            self.id = id
            self.score = score
        }
    }

    /// The best `limit` of all, best first; among equals the lower identifier.
    package func fused<ID>(_ rankings: [[Scored<ID>]], limit: Int) -> [Scored<ID>] {
        var scores: [ID: Double] = [:]
        for ranking in rankings {
            for (scored, score) in zip(ranking, parts(of: ranking.map(\.score))) {
                scores[scored.id, default: 0] += score
            }
        }
        let sorted = scores.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        return sorted.prefix(Swift.max(0, limit)).map { Scored(id: $0.key, score: $0.value) }
    }

    private func parts(of scores: [Double]) -> [Double] {
        switch self {
        case .reciprocal(let constant): return scores.indices.map { 1 / (Double($0) + constant) }
        case .distribution:
            guard scores.count > 1 else { return scores.map { _ in 0.5 } }
            let mean = scores.reduce(0, +) / Double(scores.count)
            let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count - 1)
            guard variance > 0 else { return scores.map { _ in 0.5 } }
            let deviation = variance.squareRoot()
            return scores.map { ($0 - (mean - 3 * deviation)) / (6 * deviation) }
        }
    }
}
