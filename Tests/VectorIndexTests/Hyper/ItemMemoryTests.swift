import TestSupport
import Testing
import VectorIndex

/// Exact search over hypervectors, by every path of the kernels.
@Suite struct ItemMemoryTests {
    @Test func findsWhatSortingFinds() {
        var random = SeededRandom(seed: 5)
        for bits in [512, 1024, 2048, 2560] {
            let items = (0..<1500).map { _ in random.point(bits) }
            let memory = ItemMemory(items)
            let cues = (0..<20).map { _ in random.point(bits) } + [items[3], items[1200]]
            let found = memory.nearest(10, to: cues)
            for (cue, matches) in zip(cues, found) {
                let all = items.enumerated().map { ItemMemory.Match(item: $0, distance: cue.distance(to: $1)) }
                #expect(matches == Array(all.sorted().prefix(10)))
            }
        }
    }

    @Test(arguments: Measure.Path.allCases)
    func pathsAgree(_ path: Measure.Path) {
        var random = SeededRandom(seed: 6)
        for bits in [512, 1024, 2048, 4096 + 512] {
            let items = (0..<130).map { _ in random.point(bits) }
            let memory = ItemMemory(items)
            for count in [1, 7, 16] {
                let cues = (0..<count).map { _ in random.point(bits) }
                guard let distances = memory.distances(from: cues, by: path) else { return }
                #expect(distances == cues.map { cue in items.map { cue.distance(to: $0) } })
            }
        }
    }

    /// This machine must not silently test the portable path only.
    @Test func hasAWidePathWhereTheSuiteRuns() {
        let memory = ItemMemory([hv(1)])
        #if arch(x86_64)
        #expect(memory.distances(from: [hv(2)], by: .popcnt) == [[1019]])
        #elseif arch(arm64)
        #expect(memory.distances(from: [hv(2)], by: .neon) == [[1019]])
        #endif
    }

    /// The scores that another engine gave for these distances, by the cosine of ±1.
    @Test func scoresAsOtherEnginesDo() {
        for (distance, cosine) in [(300, 0.7070312974979549), (955, 0.06738281702673868), (976, 0.046875003149035574)] {
            let other = hv(17).flipped(distance, seed: 42)
            #expect(hv(17).distance(to: other) == distance)
            #expect(abs(hv(17).similarity(to: other) - cosine) < 1e-6)
        }
    }

    /// The share of the 101 members of a bundle among the nearest 101 of 1000 items: 0.904 ± 0.02.
    @Test func recallsMembersOfALargeBundle() throws {
        var random = SeededRandom(seed: 7)
        var hits = 0
        for _ in 0..<40 {
            let items = (0..<1000).map { _ in random.point(2048) }
            let bundle = try #require(Hypervector.bundle(odd: Array(items.prefix(101))))
            hits += ItemMemory(items).nearest(101, to: [bundle])[0].filter { $0.item < 101 }.count
        }
        #expect(abs(Double(hits) / 4040 - 0.903960396039604) < 0.02)
    }

    @Test func answersNothingFromNothing() {
        #expect(ItemMemory().nearest(to: hv(1)) == nil)
        #expect(ItemMemory([hv(1)]).nearest(0, to: [hv(1)]) == [[]])
    }
}

extension Hypervector {
    /// With as many different bits turned over, which a seed chooses.
    func flipped(_ count: Int, seed: UInt64) -> Hypervector {
        var random = SeededRandom(seed: seed)
        var words = words
        var chosen: Set<Int> = []
        while chosen.count < count {
            let bit = Int(random.next() % UInt64(bits))
            if chosen.insert(bit).inserted { words[bit / 64] ^= 1 << UInt64(bit % 64) }
        }
        return Hypervector(words: words) ?? self
    }
}
