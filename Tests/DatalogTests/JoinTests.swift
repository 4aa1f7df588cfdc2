import TestSupport
import Testing

@testable import Datalog

/// Joins and walks that take ways of their own through the engine, against loops and against each other.
@Suite struct JoinTests {
    private static func rows(_ database: Database, _ script: String, batchSize: Int = 2048) throws -> [[Datum]] {
        try database.run(script, Database.Call(now: 0, seed: 1, batchSize: batchSize)).rows
    }

    private static func pairs(_ random: inout SeededRandom, nodes: Int, count: Int) -> Set<[Int64]> {
        Set((0..<count).map { _ in [Int64(random.below(nodes)), Int64(random.below(nodes))] })
    }

    private static func load(_ pairs: Set<[Int64]>, into database: Database, _ name: String) {
        let rows = Array(pairs)
        database.load(name, keys: ["a", "b"], [.integers(rows.map { $0[0] }), .integers(rows.map { $0[1] })])
    }

    @Test("cyclic bodies find what loops find", arguments: 0..<10)
    func cycles(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let nodes = [4, 12, 40, 90][seed % 4]
        // A node with many edges makes runs of very different lengths.
        var edges = Self.pairs(&random, nodes: nodes, count: nodes * 3)
        if seed % 2 == 1 { for node in 0..<nodes { edges.formUnion([[0, Int64(node)], [Int64(node), 1]]) } }
        let database = Database()
        Self.load(edges, into: database, "e")
        var triangles: [[Datum]] = []
        var squares = 0
        for one in edges {
            for two in edges where two[0] == one[1] {
                if edges.contains([two[1], one[0]]) { triangles.append([.int(one[0]), .int(one[1]), .int(two[1])]) }
                for three in edges where three[0] == two[1] && edges.contains([three[1], one[0]]) { squares += 1 }
            }
        }
        let expected = triangles.sorted { Order.of($0, $1) == .less }
        for batchSize in [1, 7, 2048] {
            let body = "*e[a, b], *e[b, c], *e[c, a]"
            #expect(try Self.rows(database, "?[a, b, c] := \(body)", batchSize: batchSize) == expected)
            let count = try Self.rows(database, "?[count(a)] := \(body)", batchSize: batchSize)
            #expect(count == [[.int(Int64(expected.count))]])
            let each = try Self.rows(database, "?[a, count(c)] := \(body)", batchSize: batchSize)
            let perNode = Dictionary(grouping: expected) { $0[0] }
            #expect(each == perNode.map { [$0.key, .int(Int64($0.value.count))] }.sorted { Order.of($0, $1) == .less })
            let four = "?[count(a)] := *e[a, b], *e[b, c], *e[c, d], *e[d, a]"
            #expect(try Self.rows(database, four, batchSize: batchSize) == [[.int(Int64(squares))]])
            let rules = "r[x, y] := *e[x, y] s[x, y] := r[y, x] ?[a, b, c] := r[a, b], s[c, b], s[a, c]"
            #expect(try Self.rows(database, rules, batchSize: batchSize) == expected)
        }
    }

    @Test("counting rows does not depend on making them", arguments: 0..<6)
    func counts(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let database = Database()
        let edges = Self.pairs(&random, nodes: 20, count: 60)
        Self.load(edges, into: database, "e")
        // Dead rows, and several parts.
        _ = try Self.rows(database, "?[a, b] <- [[1, 2], [900, 1], [2, 900]] :put e {a, b}")
        _ = try Self.rows(database, "?[a, b] := *e[a, b], b == 3 :rm e {a, b}")
        let rows = try Self.rows(database, "?[a, b, c] := *e[a, b], *e[b, c]")
        #expect(try Self.rows(database, "?[count(c)] := *e[a, b], *e[b, c]") == [[.int(Int64(rows.count))]])
        let perNode = Dictionary(grouping: rows) { $0[0] }
        let counted = try Self.rows(database, "?[a, count(c)] := *e[a, b], *e[b, c]")
        #expect(counted == perNode.map { [$0.key, .int(Int64($0.value.count))] }.sorted { Order.of($0, $1) == .less })
        #expect(try Self.rows(database, "?[a, count(b)] := *e[a, b], *e[b, 5000]").isEmpty)
    }

    /// The same costs, asked for in ways that the bucketed search does not know.
    @Test("least costs from buckets are those of rounds", arguments: 0..<12)
    func costs(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let database = Database()
        let edges = Array(Self.pairs(&random, nodes: 30, count: 25 + seed * 6))
        let heaviest = [1, 4, 70_000][seed % 3]
        database.load(
            "w",
            keys: ["a", "b"],
            values: ["w"],
            [
                .integers(edges.map { $0[0] }), .integers(edges.map { $0[1] }),
                .integers(edges.map { _ in Int64(random.below(heaviest + 1)) }),
            ]
        )
        let pairs = [
            (
                "d[y, min(c)] := *w[0, y, c] d[z, min(c)] := d[y, b], *w[y, z, x], c = b + x ?[y, c] := d[y, c]",
                "d[y, min(c)] := *w[0, y, c] d[z, min(c)] := d[y, b], *w[y, z, x], c = b + x + 0 ?[y, c] := d[y, c]"
            ),
            (
                "d[x, y, min(c)] := *w[x, y, c] d[x, z, min(c)] := d[x, y, b], *w[y, z, v], c = v + b "
                    + "?[x, y, c] := d[x, y, c]",
                "d[x, y, min(c)] := *w[x, y, c] d[x, z, min(c)] := d[x, y, b], *w[y, z, v], c = 0 + v + b "
                    + "?[x, y, c] := d[x, y, c]"
            ),
            (
                "d[y, min(c)] := *w[0, y, _], c = 3 d[z, min(c)] := d[y, b], *w[y, z, _], c = b + 2 ?[y, c] := d[y, c]",
                "d[y, min(c)] := *w[0, y, _], c = 3 d[z, min(c)] := d[y, b], *w[y, z, _], c = b + 1 + 1 "
                    + "?[y, c] := d[y, c]"
            ),
            (
                "u[x, y] := *w[x, y, _] or *w[y, x, _] c[x, min(k)] := u[x, _], k = x c[y, min(k)] := c[x, k], u[x, y] "
                    + "?[x, k] := c[x, k]",
                "u[x, y] := *w[x, y, _] or *w[y, x, _] c[x, min(k)] := u[x, _], k = x "
                    + "c[y, min(k)] := c[x, l], u[x, y], k = l + 0.0 - 0.0 ?[x, k] := c[x, m], k = to_int(m)"
            ),
        ]
        for (quick, slow) in pairs {
            #expect(try Self.rows(database, quick) == Self.rows(database, slow), "\(quick)")
        }
    }

    @Test("neither the order of rules nor that of conditions matters", arguments: 0..<20)
    func order(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let database = Database()
        Self.load(Self.pairs(&random, nodes: 12, count: 24), into: database, "e")
        let rules: [(head: String, body: [String])] = [
            ("t[a, b]", ["*e[a, b]"]), ("t[a, c]", ["t[a, b]", "*e[b, c]"]),
            ("s[a, b]", ["*e[p, a]", "*e[p, b]", "a != b"]), ("s[a, b]", ["*e[p, a]", "s[p, q]", "*e[q, b]"]),
            ("n[a]", ["t[a, b]", "not s[a, b]", "not *e[b, a]"]), ("m[a, min(b)]", ["t[a, b]", "s[b, _]"]),
            ("?[a, b, k]", ["n[a]", "t[a, b]", "m[b, k]", "k <= a"]),
        ]
        func script() -> String {
            rules.map { ($0.head, $0.body.shuffled(using: &random)) }.shuffled(using: &random)
                .map { "\($0) := \($1.joined(separator: ", "))" }.joined(separator: "\n")
        }
        let expected = try Self.rows(
            database,
            rules.map { "\($0.head) := \($0.body.joined(separator: ", "))" }
                .joined(separator: "\n")
        )
        for _ in 0..<5 {
            let text = script()
            #expect(try Self.rows(database, text) == expected, "\(text)")
            #expect(
                try Self.rows(database, text + "\n:disable_magic_rewrite true", batchSize: 3) == expected,
                "\(text)"
            )
        }
    }

    @Test("a sort whose first columns tell rows apart needs no other")
    func sorting() throws {
        let database = Database()
        let rows: [[Datum]] = (0..<500).map { [.int(Int64($0 * 7 % 500)), .text("t\($0 % 3)"), .float(Double($0))] }
        let parameters = ["rows": Datum.list(rows.map { .list($0) })]
        let call = Database.Call(parameters: parameters, now: 0, seed: 1)
        let plain = try database.run("?[a, b, c] <- $rows", call).rows
        #expect(plain == rows.sorted { Order.of($0, $1) == .less })
        let downwards = try database.run("?[a, b, c] <- $rows :sort -a :limit 3 :offset 1", call).rows
        #expect(downwards.map { $0[0] } == [498, 497, 496])
        let byText = try database.run("?[a, b, c] <- $rows :sort b, -a", call).rows
        #expect(byText == rows.sorted { ($0[1], $1[0]) < ($1[1], $0[0]) })
    }
}
