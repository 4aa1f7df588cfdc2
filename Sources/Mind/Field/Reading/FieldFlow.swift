internal import Basics

/// How the field moved with its last events: what the snapshot shows beside the state.
package struct FieldFlow: Sendable, Hashable {
    /// After each event, the oldest first.
    package private(set) var resonance: [Double] = []
    package private(set) var intelligence: [Double] = []
    /// What the event added to resonance.
    package private(set) var emergence: [Double] = []
    /// The mean of resonance and intelligence.
    package private(set) var coherence: [Double] = []

    package enum Trend: String, Sendable, Hashable {
        case rising, falling, stable
        case unknown = "insufficient_data"
    }

    /// How intensities went, by least squares.
    package private(set) var trend = Trend.unknown
    /// Intensity a minute.
    package private(set) var velocity = 0.0
    /// By how much the velocity of the later half exceeds that of the earlier one.
    package private(set) var acceleration = 0.0
    /// Nil without two times.
    package private(set) var minutes: Double?

    /// `records` are the newest events, newest first, and `share` what all events together added.
    init(_ records: [FieldRecord], _ share: Share) {
        var share = share
        for record in records where record.processed {
            resonance.append(share.globalResonance)
            intelligence.append(share.collectiveIntelligence)
            coherence.append(Self.rounded((share.globalResonance + share.collectiveIntelligence) / 2))
            share -= record.share
            emergence.append(Self.rounded((resonance.last ?? 0) - share.globalResonance))
        }
        resonance.reverse()
        intelligence.reverse()
        coherence.reverse()
        emergence.reverse()
        measure(records.reversed().compactMap { record in record.intensity.map { (record.at, $0.value) } })
    }

    private mutating func measure(_ points: [(at: Int64, intensity: Double)]) {
        let times = points.map(\.at)
        guard points.count >= 3, let first = times.min(), let last = times.max(), last > first else { return }
        minutes = Double(last - first) / 60_000
        velocity = Self.slope(points)
        let half = points.count / 2
        acceleration = Self.slope(Array(points[half...])) - Self.slope(Array(points[..<half]))
        trend = velocity > 0.01 ? .rising : velocity < -0.01 ? .falling : .stable
    }

    /// Intensity a minute; 0 when all is at one time.
    private static func slope(_ points: [(at: Int64, intensity: Double)]) -> Double {
        guard let start = points.first?.at else { return 0 }
        let count = Double(points.count)
        let minutes = points.map { Double($0.at - start) / 60_000 }
        let meanTime = minutes.reduce(0, +) / count
        let mean = points.reduce(0) { $0 + $1.intensity } / count
        var covariance = 0.0
        var variance = 0.0
        for (minute, point) in zip(minutes, points) {
            covariance += (minute - meanTime) * (point.intensity - mean)
            variance += (minute - meanTime) * (minute - meanTime)
        }
        return variance > 0 ? covariance / variance : 0
    }

    /// Sums of thousandths show as thousandths.
    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
