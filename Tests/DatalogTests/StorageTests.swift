import TestSupport
import Testing

@testable import Datalog

@Suite struct StorageTests {
    private func run(_ database: Database, _ script: String, _ parameters: [String: Datum] = [:]) throws -> [[Datum]] {
        try database.run(script, Database.Call(parameters: parameters, now: 0, seed: 1)).rows
    }

    @Test("puts and removals agree with a dictionary, in any order", arguments: 0..<6)
    func model(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let database = Database()
        var model: [Int64: Datum] = [:]
        _ = try run(database, ":create r {k: Int => v}")
        for _ in 0..<150 {
            let keys = (0...random.below(4)).map { _ in Int64(random.below(40)) }
            if random.chance(300) {
                _ = try run(database, "?[k] <- $rows :rm r {k}", ["rows": .list(keys.map { [.int($0)] })])
                for key in keys { model[key] = nil }
            } else {
                let value: Datum =
                    random.chance(500) ? .int(Int64(random.below(1000))) : .text("v\(random.below(1000))")
                _ = try run(
                    database,
                    "?[k, v] <- $rows :put r {k => v}",
                    ["rows": .list(keys.map { [.int($0), value] })]
                )
                for key in keys { model[key] = value }
            }
            let rows = try run(database, "?[k, v] := *r[k, v]")
            #expect(rows == model.sorted { $0.key < $1.key }.map { [.int($0.key), $0.value] })
            let key = Int64(random.below(40))
            #expect(try run(database, "?[v] := *r[$k, v]", ["k": .int(key)]) == (model[key].map { [[$0]] } ?? []))
        }
    }

    @Test("a refused row undoes the whole script")
    func atomic() throws {
        let database = Database()
        _ = try run(database, "?[k, v] <- [[1, 'a']] :create r {k => v}")
        #expect(throws: ScriptError.self) {
            try run(database, "{?[k, v] <- [[2, 'b']] :put r {k => v}} {?[k, v] <- [[1, 'c']] :insert r {k => v}}")
        }
        #expect(try run(database, "?[k, v] := *r[k, v]") == [[1, "a"]])
    }

    @Test("a reader may not write")
    func access() throws {
        let call = Database.Call(now: 0, seed: 1, access: .read)
        #expect(throws: ScriptError.self) { try Database().run("?[a] <- [[1]] :create r {a}", call) }
        #expect(try Database().run("?[a] <- [[1]]", call).rowCount == 1)
    }

    @Test("typed columns go in and come out")
    func columns() throws {
        let database = Database()
        database.load("r", keys: ["a"], values: ["b"], [.integers([3, 1, 2]), .values(["x", 1.5, .null])])
        let answer = try database.run("?[a, b] := *r[a, b]", Database.Call(now: 0, seed: 1))
        guard case .integers(let numbers) = answer.columns[0] else {
            Issue.record("small integers stay integers")
            return
        }
        #expect(numbers == [1, 2, 3])
        #expect(answer.columns[1][0] == 1.5)
        let prepared = try Prepared("?[b] := *r[$a, b]")
        let call = { (key: Int64) in Database.Call(parameters: ["a": .int(key)], now: 0, seed: 1) }
        #expect(try database.run(prepared, call(3)).rows == [["x"]])
        #expect(try database.run(prepared, call(2)).rows == [[.null]])
    }
}

@Suite struct ValueTests {
    private static let values: [Datum] = [
        .null, false, true, .int(.min), -1, 0, 1, 2, .int(.max), .float(-.infinity), -1.0, .float(-0.0), 0.0, 1.0, 1.5,
        .float(.infinity), .float(.nan), "", "a", "b", "é", .bytes([]), .bytes([1]), .uuid(UniqueID(high: 1, low: 2)),
        [], [1], [1.0], [1, 2], .set([1]), .vector(.float([1])), .vector(.double([1])), .json(.object([])),
        .validity(Validity(moment: 1, isAssertion: true)), .validity(Validity(moment: 1, isAssertion: false)),
        .validity(Validity(moment: 2, isAssertion: true)), .bottom,
    ]

    @Test("the order is total: one of less, equal, greater; transitive; equal values hash alike")
    func order() {
        for one in Self.values {
            for other in Self.values {
                #expect(one.order(to: other) == other.order(to: one).reversed)
                if one == other { #expect(one.hashValue == other.hashValue && one.codeHash == other.codeHash) }
                for third in Self.values where one < other && other < third { #expect(one < third) }
            }
        }
        #expect(Datum.int(1) != .float(1) && Datum.int(1) < .float(1))
    }

    @Test("values keep their codes", arguments: 0..<3)
    func codes(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let interner = Interner(Lexicon().adding(Self.values.filter { $0.number == nil }))
        for _ in 0..<2000 {
            let value: Datum =
                random.chance(300)
                ? Self.values[random.below(Self.values.count)] : .int(Int64(truncatingIfNeeded: random.next() >> 20))
            #expect(interner.decode(interner.encode(value)) == value)
            #expect(interner.encode(value) == interner.encode(value))
        }
    }

    @Test("elementary functions agree with what is known of them")
    func elementary() {
        let known: [(Double, Double)] = [
            (Elementary.exponential(1), 2.718281828459045), (Elementary.exponential(0), 1),
            (Elementary.logarithm(10), 2.302585092994046), (Elementary.sine(0.5), 0.479425538604203),
            (Elementary.cosine(0.5), 0.8775825618903728), (Elementary.arcTangent(1), .pi / 4),
            (Elementary.power(2, 0.5), 2.0.squareRoot()), (Elementary.power(10, 15), 1e15),
            (Elementary.power(3, -2), 1.0 / 9), (Elementary.logarithm10(1000), 3), (Elementary.logarithm2(8), 3),
        ]
        for (value, expected) in known { #expect((value - expected).magnitude <= 2 * expected.ulp) }
        for step in 1..<400 {
            let x = Double(step) / 7
            #expect((Elementary.logarithm(Elementary.exponential(x)) - x).magnitude < 1e-13 * x)
            let one = Elementary.sine(x) * Elementary.sine(x) + Elementary.cosine(x) * Elementary.cosine(x)
            #expect((one - 1).magnitude < 1e-15 * 4)
        }
    }

    @Test("spelled numbers are read again as they were", arguments: 0..<4)
    func spelling(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        for _ in 0..<2000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            #expect(Double(NumberText.json(number)) == number)
            #expect(JSONTree(parsing: NumberText.json(number)) == .float(number))
        }
    }
}
