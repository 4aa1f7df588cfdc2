import TestSupport
import Testing
import VectorIndex

/// Records, sequences, analogies, scenes and factors, against values that independent libraries computed.
@Suite struct HypervectorEncodingTests {
    @Test func decodesARecord() throws {
        let roles = (100...104).map { hv(UInt64($0)) }
        let fillers = (200...249).map { hv(UInt64($0)) }
        let picks = [3, 14, 15, 9, 26]
        let fields = zip(roles, picks).map { (role: $0, filler: fillers[$1]) }
        let record = try #require(Hypervector.record(fields, tie: hv(0)))
        let memory = ItemMemory(fillers)
        let found = roles.compactMap { memory.nearest(to: record.bound(to: $0)) }
        #expect(found.map(\.item) == picks)
        #expect(found.map(\.distance) == [636, 629, 653, 649, 631])
    }

    /// The dollar of Mexico is the peso, as Kanerva has it (2010).
    @Test func findsTheDollarOfMexico() throws {
        let seeds: KeyValuePairs<String, UInt64> = [
            "NAME": 300, "CAP": 301, "MON": 302, "USA": 310, "WDC": 311, "DOL": 312, "MEX": 320, "MXC": 321, "PES": 322,
        ]
        func country(_ first: UInt64) throws -> Hypervector {
            try #require(Hypervector.record((0..<3).map { (hv(300 + $0), hv(first + $0)) }, tie: hv(0)))
        }
        let answer = try country(310).bound(to: country(320)).bound(to: hv(312))
        let memory = ItemMemory(seeds.map { hv($0.value) })
        #expect(
            seeds.map { answer.distance(to: hv($0.value)) } == [1002, 1050, 1016, 1007, 1007, 1014, 1026, 1049, 733]
        )
        #expect(memory.nearest(to: answer)?.item == 8)
    }

    @Test func encodesSequences() throws {
        let sequences = [
            [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 9],
            [7, 3, 1, 6, 2, 5, 0, 4, 3, 7, 1, 2, 6],
        ]
        let encoded = try sequences.map { symbols in
            try #require(Hypervector.sequence(symbols.map { hv(400 + UInt64($0)) }, runs: 3, tie: hv(399)))
        }
        #expect([1, 2].map { encoded[0].distance(to: encoded[$0]) } == [209, 1009])
        #expect(Hypervector.sequence([hv(1)], runs: 2, tie: hv(2)) == nil)
    }

    /// Sixty-five universal primes; a bundle of seven is told from all others.
    @Test func explicatesByPrimes() throws {
        let primes = (0..<65).map { hv(6500 + UInt64($0)) }
        let memory = ItemMemory(primes)
        var random = SeededRandom(seed: 19)
        for _ in 0..<20 {
            var members: Set<Int> = []
            while members.count < 7 { members.insert(random.below(65)) }
            let explication = try #require(Hypervector.bundle(odd: members.sorted().map { primes[$0] }))
            let found = memory.nearest(7, to: [explication])[0]
            #expect(Set(found.map(\.item)) == members)
        }
    }

    /// Three objects of three colours, shapes and places: bound, what belongs together is told from what does not;
    /// in a mere heap of the same features it is not.
    @Test func bindsScenes() throws {
        func conjunction(_ place: (Int, Int, Int)) -> Hypervector {
            hv(2500 + UInt64(place.0)).bound(to: hv(2510 + UInt64(place.1))).bound(to: hv(2520 + UInt64(place.2)))
        }
        let objects = [(0, 1, 0), (1, 2, 1), (2, 0, 2)]
        let scene = try #require(Hypervector.bundle(odd: objects.map(conjunction)))
        let illusory = (0..<27).map { ($0 / 9, $0 / 3 % 3, $0 % 3) }
            .filter { place in !objects.contains { $0 == place } }
        #expect(objects.map { scene.similarity(to: conjunction($0)) } == [0.505859375, 0.49609375, 0.5029296875])
        #expect(illusory.map { scene.similarity(to: conjunction($0)) }.max() == 0.052734375)
        let features: [UInt64] = [2500, 2501, 2502, 2510, 2511, 2512, 2520, 2521, 2522]
        let heap = try #require(Hypervector.bundle(odd: features.map(hv)))
        func mean(_ places: [(Int, Int, Int)]) -> Double {
            places.reduce(0) { $0 + heap.similarity(to: conjunction($1)) } / Double(places.count)
        }
        #expect(abs(abs(mean(objects) - mean(illusory)) - 0.012451171875) < 1e-12)
    }

    @Test func phasesAgree() throws {
        let order = try #require(PhaseOrder([0.1, 0.25, -0.2, 0.4, 0.05]))
        #expect(abs(order.coherence - 0.9798407962186464) <= 1e-12)
        #expect(abs(order.phase - 0.12030244026685395) <= 1e-12)
        let apart = try #require(PhaseOrder([0, .pi / 2, .pi, -.pi / 2]))
        #expect(apart.coherence <= 1e-12)
        let turned = try #require(PhaseOrder([3, 3 + 2 * .pi]))
        #expect(abs(turned.phase - 3) <= 1e-12 && abs(turned.coherence - 1) <= 1e-12)
        #expect(PhaseOrder([]) == nil && PhaseOrder([.nan]) == nil)
    }

    /// Share of seeds solved: 1.0 for 16 and 32 items a factor, 0.95 for 96, within 0.15 (Frady et al., 2020).
    @Test(arguments: [(16, 1.0, 20), (32, 1.0, 10), (64, 1.0, 6)])
    func factorsProducts(items: Int, expected: Double, seeds: Int) throws {
        var random = SeededRandom(seed: UInt64(items))
        var solved = 0
        for _ in 0..<seeds {
            let books = (0..<3).map { _ in (0..<items).map { _ in random.point(2048) } }
            let picks = books.map { _ in random.below(items) }
            let product = zip(books, picks).reduce(Hypervector?.none) { product, factor in
                let item = factor.0[factor.1]
                return product.map { $0.bound(to: item) } ?? item
            }
            let resonator = try #require(Resonator(codebooks: books, tie: random.point(2048)))
            let found = resonator.factors(of: try #require(product))
            if found.items == picks {
                solved += 1
                #expect(found.distance == 0)
            }
        }
        #expect(abs(Double(solved) / Double(seeds) - expected) <= 0.15, "\(solved) of \(seeds)")
    }
}
