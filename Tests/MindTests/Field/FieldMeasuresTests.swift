import Basics
import Field
import TestSupport
import Testing

/// Measured numbers are what they say, and tell company from chance.
@Suite struct FieldMeasuresTests {
    private static let words = (0..<400).map { "word\($0)" }

    private func texts(_ agents: Int, _ random: inout SeededRandom) -> [(agent: String, text: String)] {
        (0..<120).map { _ in
            let text = (0..<6).map { _ in Self.words[random.below(Self.words.count)] }.joined(separator: " ")
            return ("a-\(random.below(agents))", text)
        }
    }

    private func cosine(_ one: [Double], _ other: [Double]) -> Double { zip(one, other).reduce(0) { $0 + $1.0 * $1.1 } }

    @Test func resonanceIsTheMeanOfAllPairs() throws {
        var random = SeededRandom(seed: 1)
        for agents in [2, 3, 17] {
            let profiles = AgentProfiles(texts(agents, &random))
            var sum = 0.0
            for one in 0..<profiles.count {
                for other in 0..<profiles.count where other != one {
                    sum += cosine(profiles.profiles[one], profiles.profiles[other])
                }
            }
            let pairs = Double(profiles.count * (profiles.count - 1))
            #expect(abs(try #require(profiles.meanResonance) - sum / pairs) < 1e-9)
        }
    }

    @Test func strangersAreOrthogonalAndTwinsAreOne() throws {
        let twins = AgentProfiles([("a", "Still WATER, runs deep"), ("b", "still water runs deep")])
        #expect(abs(try #require(twins.meanResonance) - 1) < 1e-9)
        for seed in 0..<20 {
            let strangers = AgentProfiles([("a", "one\(seed) two\(seed)"), ("b", "three\(seed) four\(seed)")])
            #expect(abs(try #require(strangers.meanResonance)) < 0.1)
        }
        #expect(AgentProfiles([("a", "alone")]).meanResonance == nil)
        #expect(AgentProfiles([("a", "..."), ("b", "")]).count == 0)
    }

    @Test func independentPhasesAgreeAsOftenAsChanceSays() {
        var random = SeededRandom(seed: 5)
        var rare = 0
        var sum = 0.0
        for _ in 0..<2_000 {
            let order = PhaseOrder((0..<40).map { _ in Double(random.below(36_000)) / 100 })
            if order.chance < 0.05 { rare += 1 }
            sum += order.coherence
        }
        // One in twenty, and 0.886 ÷ √40 on average.
        #expect((60...140).contains(rare))
        #expect(abs(sum / 2_000 - 0.886 / 6.3246) < 0.01)
        let together = PhaseOrder((0..<40).map { _ in 90 + Double(random.below(20)) })
        #expect(together.coherence > 0.98 && together.chance < 1e-12)
        #expect(PhaseOrder([]).chance == 1)
    }

    @Test func aBurstIsWhatChanceSeldomGives() {
        // P(X ≥ 10), mean 2: 4.65e-5.
        #expect(abs(PoissonBaseline.surprise(10, mean: 2) - 4.3329) < 0.001)
        var random = SeededRandom(seed: 9)
        var baseline = PoissonBaseline()
        var alarms = 0
        for _ in 0..<20_000 {
            // About Poisson: 40 chances of one in ten.
            let count = (0..<40).count { _ in random.chance(100) }
            if baseline.surprise(of: count) != nil { alarms += 1 }
            baseline.add(count)
        }
        #expect(alarms <= 20)
        #expect(baseline.surprise(of: 40) != nil)
    }

    @Test func takingPartEvenlyIsOne() throws {
        #expect(try #require(FieldMeasures.evenness([5, 5, 5, 5])) > 0.999_999)
        #expect(try #require(FieldMeasures.evenness([1_000, 1])) < 0.02)
        #expect(FieldMeasures.evenness([7]) == nil)
    }

    @Test func awarenessBeginsWithItsPrior() {
        let meter = AwarenessMeter(target: 100)
        #expect(meter.awareness.value == 0.5 && meter.awareness.isPrior && meter.awareness.samples == 0)
        for time in [1, 100, 101, nil] as [Int64?] { meter.saw(after: time) }
        #expect(meter.awareness.value == 0.5 && !meter.awareness.isPrior && meter.awareness.samples == 4)
    }
}
