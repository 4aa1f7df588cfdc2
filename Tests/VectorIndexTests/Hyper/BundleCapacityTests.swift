import Testing
import VectorIndex

/// What bundles can carry, against exact binomials computed elsewhere.
@Suite struct BundleCapacityTests {
    let capacity = BundleCapacity()

    @Test func tellsStrangers() {
        #expect([1e-6, 1e-9, 1e-12].map { capacity.strangerThreshold(chance: $0) } == [916, 887, 864])
    }

    @Test func expectsMembersAtADistance() {
        #expect(abs(capacity.memberDistance(members: 3) - 0.25) < 1e-12)
        #expect(abs(capacity.memberDistance(members: 7) - 0.34375) < 1e-12)
        #expect(abs(capacity.memberDistance(members: 101) - 0.4602) < 1e-4)
    }

    static let recalls: [(items: Int, [Int: Double])] = [
        (
            1000,
            [
                3: 1.0, 7: 1.0, 15: 0.999999992572992, 31: 0.9989229995759573, 51: 0.9580771650684252,
                75: 0.8146589056323855, 101: 0.6387285032935759, 151: 0.4005152151178851, 201: 0.27160550748646534,
            ]
        ),
        (
            100_000,
            [
                3: 1.0, 7: 1.0, 15: 0.9999994249539024, 31: 0.9806719377184162, 51: 0.7455560667526387,
                75: 0.4169049098267808, 101: 0.2192956861177231, 151: 0.07856894920755263, 201: 0.036135722222884595,
            ]
        ),
        (
            10_000_000,
            [
                3: 1.0, 7: 1.0, 15: 0.9999776046593226, 31: 0.8850995095266396, 51: 0.4093227067500166,
                75: 0.13337068105999875, 101: 0.04633079842050226, 151: 0.009955074723916343, 201: 0.003321816592972959,
            ]
        ),
    ]

    @Test(arguments: recalls)
    func recallsMembers(items: Int, _ expected: [Int: Double]) {
        for (members, recall) in expected {
            let found = capacity.recall(members: members, strangers: items - members)
            #expect(abs(found - recall) < 1e-9, "\(members) of \(items)")
        }
    }

    @Test(arguments: [(100, 55), (1000, 39), (10_000, 33), (100_000, 27), (1_000_000, 25), (10_000_000, 21)])
    func knowsTheLargestBundle(items: Int, members: Int) {
        #expect(capacity.largestBundle(items: items, recall: 0.99) == members)
    }

    /// All members of a bundle above all other primes, to first order.
    @Test func tellsPrimesApart() {
        let expected = [
            3: 1.0, 5: 0.9999999999999989, 7: 1.0, 9: 0.999999999999999, 11: 0.9999999999994553,
            15: 0.9999999942351231, 21: 0.9999929530100538, 31: 0.9981613910653028,
        ]
        for (members, chance) in expected {
            let one = capacity.recall(members: members, strangers: 65 - members)
            #expect(abs((0..<members).reduce(1.0) { all, _ in all * one } - chance) < 1e-6)
        }
    }
}
