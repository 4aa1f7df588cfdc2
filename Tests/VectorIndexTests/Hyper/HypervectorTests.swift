import TestSupport
import Testing
import VectorIndex

/// Shorthand for the point that a seed makes.
func hv(_ seed: UInt64) -> Hypervector { Hypervector(seed: seed) }

/// The algebra of hypervectors, against values that independent libraries computed (numpy, torchhd, scipy), to the
/// bit.
@Suite struct HypervectorTests {
    @Test func seedsMakeTheDeclaredWords() {
        // The published first outputs of SplitMix64 for 1234567, and the first words of hv(1).
        #expect(
            hv(1_234_567).words.prefix(5) == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ]
        )
        #expect(
            hv(1).words.prefix(4) == [
                0x910a_2dec_8902_5cc1, 0xbeeb_8da1_658e_ec67, 0xf893_a2ee_fb32_555e, 0x71c1_8690_ee42_c90b,
            ]
        )
        #expect((1...3).map { hv($0).weight } == [1037, 1050, 1045])
    }

    @Test func bindsAndMeasures() {
        #expect(hv(1).bound(to: hv(2)).words.first == 0x0652_1832_9595_0a0f)
        #expect(hv(1).distance(to: hv(2)) == 1019)
        #expect(hv(1).similarity(to: hv(2)) == 0.0048828125)
        #expect(hv(1).bits - hv(1).distance(to: hv(2)) == 1029)
    }

    @Test func permutes() {
        #expect(
            hv(1).permuted(1).words.prefix(4) == [
                0x2214_5bd9_1204_b983, 0x7dd7_1b42_cb1d_d8cf, 0xf127_45dd_f664_aabd, 0xe383_0d21_dc85_9217,
            ]
        )
        #expect([1, 2, 7, 64].map { hv(1).distance(to: hv(1).permuted($0)) } == [1042, 1040, 1056, 1036])
    }

    @Test func bundles() throws {
        let bundle = try #require(Hypervector.bundle(odd: [hv(1), hv(2), hv(3)]))
        #expect((1...4).map { bundle.distance(to: hv($0)) } == [492, 527, 508, 1034])
        let means: [(UInt64, Double)] = [
            (3, 0.24348958333333334), (7, 0.3423549107142857), (21, 0.40971447172619047), (101, 0.4603186881188119),
        ]
        for (count, mean) in means {
            let members = (1000..<1000 + count).map(hv)
            let bundle = try #require(Hypervector.bundle(odd: members))
            let sum = members.reduce(0) { $0 + bundle.distance(to: $1) }
            #expect(Double(sum) / Double(2048 * members.count) == mean)
        }
    }

    @Test func bundleWithoutAMajorityNeedsATie() {
        #expect(Hypervector.bundle(odd: [hv(1), hv(2)]) == nil)
        #expect(Hypervector.bundle([], tie: hv(1)) == nil)
        #expect(Hypervector.bundle([hv(1), hv(2)], tie: hv(3)) == Hypervector.bundle(odd: [hv(1), hv(2), hv(3)]))
        #expect(Hypervector(words: [1, 2, 3]) == nil)
    }

    /// Laws of the algebra on random points of several sizes.
    @Test(arguments: [512, 1024, 2048, 10240])
    func obeysItsLaws(bits: Int) throws {
        var random = SeededRandom(seed: UInt64(bits))
        for _ in 0..<20 {
            let (a, b, c) = (random.point(bits), random.point(bits), random.point(bits))
            let steps = random.below(3 * bits) - bits
            #expect(a.bound(to: b).bound(to: b) == a)
            #expect(a.bound(to: b).distance(to: a.bound(to: c)) == b.distance(to: c))
            #expect(a.permuted(steps).permuted(-steps) == a)
            #expect(a.permuted(steps).bound(to: b.permuted(steps)) == a.bound(to: b).permuted(steps))
            #expect(a.permuted(steps).bit(((5 + steps) % bits + bits) % bits) == a.bit(5))
            let weighted = Hypervector.bundle(weighted: [(a, weight: 3), (b, weight: 1), (c, weight: 1)], tie: a)
            #expect(weighted == a)
            let plain = Hypervector.bundle(weighted: [(a, weight: 1), (b, weight: 1), (c, weight: 1)], tie: b)
            #expect(Hypervector.bundle([a, b, c], tie: a) == plain)
        }
    }

    /// The majority by counting, one bit at a time.
    @Test func majorityIsWhatCountingGives() throws {
        var random = SeededRandom(seed: 3)
        for count in Array(1...40) + [63, 64, 65, 127, 128, 129, 255, 256, 1000] {
            let bits = 512 * (1 + random.below(3))
            let members = (0..<count).map { _ in random.point(bits) }
            let tie = random.point(bits)
            let bundle = try #require(Hypervector.bundle(members, tie: tie))
            for bit in 0..<bits {
                let set = members.reduce(0) { $0 + ($1.bit(bit) ? 1 : 0) }
                let expected = 2 * set == count ? tie.bit(bit) : 2 * set > count
                guard bundle.bit(bit) != expected else { continue }
                Issue.record("bit \(bit) of \(count) members")
                break
            }
        }
    }
}

extension SeededRandom {
    mutating func point(_ bits: Int) -> Hypervector { Hypervector(seed: next(), bits: bits) }
}
