import Testing
import VectorIndex

/// Fusion of rankings, against values worked out by hand from the definitions.
@Suite struct FusionTests {
    typealias Scored = Fusion.Scored<Int>

    @Test func byPlace() {
        let rankings = [
            [Scored(id: 1, score: 9), Scored(id: 2, score: 8)], [Scored(id: 2, score: 0.3), Scored(id: 3, score: 0.1)],
        ]
        let fused = Fusion.reciprocal().fused(rankings, limit: 10)
        #expect(fused.map(\.id) == [2, 1, 3])
        #expect(fused.map(\.score) == [1.0 / 3 + 1.0 / 2, 1.0 / 2, 1.0 / 3])
        #expect(Fusion.reciprocal().fused(rankings, limit: 1).map(\.id) == [2])
    }

    @Test func byScore() {
        let rankings = [
            [Scored(id: 1, score: 3), Scored(id: 2, score: 2), Scored(id: 3, score: 1)], [Scored(id: 3, score: 7)], [],
            [Scored(id: 4, score: 5), Scored(id: 1, score: 5)],
        ]
        // Mean 2 and deviation 1: 3, 2, 1 lie at 4/6, 3/6 and 2/6; a ranking without spread counts a half each.
        let fused = Fusion.distribution.fused(rankings, limit: 10)
        #expect(fused.map(\.id) == [1, 3, 2, 4])
        for (found, expected) in zip(fused.map(\.score), [4.0 / 6 + 0.5, 2.0 / 6 + 0.5, 0.5, 0.5]) {
            #expect(abs(found - expected) < 1e-12)
        }
    }
}
