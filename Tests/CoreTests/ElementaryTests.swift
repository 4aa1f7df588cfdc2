import Basics
import Foundation
import TestSupport
import Testing

/// Our elementary functions are those of mathematics, to a few units in the last place.
@Suite struct ElementaryTests {
    @Test func agreeWithTheLibrary() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<20_000 {
            let x = (Double(random.below(1_000_001)) / 1_000_000 - 0.5) * 1400
            #expect(isNear(Elementary.exp(x), exp(x)))
            let positive = exp(x / 2)
            #expect(isNear(Elementary.log(positive), log(positive)))
            let degrees = x * 10
            let (sine, cosine) = Elementary.sinCos(degrees: degrees)
            let radians: Double = degrees * Double.pi / 180
            #expect(abs(sine - sin(radians)) < 1e-12)
            #expect(abs(cosine - cos(radians)) < 1e-12)
        }
    }

    @Test func endsAreAsTheyShould() {
        #expect([0, -1000, 1000].map { Elementary.exp($0) } == [1, 0, Double.infinity])
        #expect([1, 0].map { Elementary.log($0) } == [0, -Double.infinity])
        #expect(Elementary.log(-1).isNaN)
        let quarters = [0.0, 90, 180, 270, -90].map { Elementary.sinCos(degrees: $0) }
        #expect(quarters.map(\.sin) == [0, 1, 0, -1, -1])
        #expect(quarters.map(\.cos) == [1, 0, -1, 0, 0])
    }

    private func isNear(_ one: Double, _ other: Double) -> Bool {
        one == other || abs(one - other) <= 1e-14 * max(abs(one), abs(other)) || abs(one - other) < 1e-300
    }
}
