import Foundation

/// What one program made of one set of vectors: our own `prima vectors bench`, or a rival's script.
struct VectorRun: Sendable, Decodable {
    struct Build: Sendable, Decodable {
        let cpu: Double
        /// Vectors a second of processor time.
        let rate: Double
    }

    /// One way to search: how much of the truth it finds, and how many searches a second of processor time answers.
    struct Point: Sendable, Decodable {
        let recall: Double
        let rate: Double
    }

    struct Filtered: Sendable, Decodable {
        /// Out of a thousand.
        let share: Int
        let curve: [Point]
    }

    /// An exact search through bits, in seconds: reading them all, one query, sixteen in one pass.
    struct Scan: Sendable, Decodable {
        let probe: Double
        let one: Double
        let sixteen: Double
        let ratio: Double
    }

    let build: Build?
    /// What the process grew by, in megabytes.
    let memory: Double?
    let open: Double?
    let exact: Double?
    let curve: [Point]?
    let filtered: [Filtered]?
    let scan: Scan?
    /// Why there is nothing.
    let skipped: String?

    /// Searches a second at a recall: between two points as the straight line between their logarithms says; nil when
    /// none finds so much.
    static func rate(at recall: Double, of curve: [Point]) -> Double? {
        let reached = curve.filter { $0.recall >= recall }.map(\.rate).max()
        var crossing: Double?
        for (below, above) in zip(curve, curve.dropFirst()) where below.recall < recall && above.recall >= recall {
            let part = (recall - below.recall) / (above.recall - below.recall)
            crossing = exp(log(below.rate) * (1 - part) + log(above.rate) * part)
        }
        return [reached, crossing].compactMap(\.self).max()
    }

    func filteredCurve(_ share: Int) -> [Point]? { filtered?.first { $0.share == share }?.curve }
}
