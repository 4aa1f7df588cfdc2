import Basics
import TestSupport
import Testing

@testable import Datalog

@Suite struct EvaluationTests {
    private static func rows(_ database: Database, _ script: String, budget: Budget = Budget()) throws -> [[Datum]] {
        try database.run(script, Database.Call(now: 0, seed: 1, budget: budget)).rows
    }

    private static func graph(_ seed: Int, nodes: Int, edges: Int) -> (Database, [(Int64, Int64)]) {
        var random = SeededRandom(seed: UInt64(seed))
        var pairs: [(Int64, Int64)] = []
        for _ in 0..<edges { pairs.append((Int64(random.below(nodes)), Int64(random.below(nodes)))) }
        let database = Database()
        database.load("e", keys: ["a", "b"], [.integers(pairs.map(\.0)), .integers(pairs.map(\.1))])
        return (database, pairs)
    }

    /// All pairs with a way from one to the other, by the book.
    private static func closure(_ pairs: [(Int64, Int64)]) -> Set<[Datum]> {
        var next: [Int64: Set<Int64>] = [:]
        for (from, to) in pairs { next[from, default: []].insert(to) }
        var closure: Set<[Datum]> = []
        for start in next.keys {
            var seen: Set<Int64> = []
            var open = Array(next[start] ?? [])
            while let node = open.popLast() {
                if seen.insert(node).inserted { open += next[node] ?? [] }
            }
            for node in seen { closure.insert([.int(start), .int(node)]) }
        }
        return closure
    }

    /// Ways of saying the same closure, each taking another path through the engine.
    private static let closures = [
        "t[a, b] := *e[a, b] t[a, c] := t[a, b], *e[b, c] ?[a, b] := t[a, b]",
        "t[a, b] := *e[a, b] t[a, c] := *e[a, b], t[b, c] ?[a, b] := t[a, b]",
        "t[a, b] := *e[a, b] t[a, c] := t[a, b], t[b, c] ?[a, b] := t[a, b]",
        "t[a, c] := t[a, b], *e[b, c], c >= 0 t[a, b] := *e[a, b] ?[a, b] := t[a, b]",
        "t[x, y, s] := *e[x, y], s = 'k' t[x, z, s] := t[x, y, s], *e[y, z] ?[a, b] := t[a, b, 'k']",
        "t[x, y] := *e[a, b], x = to_string(a), y = to_string(b) t[x, z] := t[x, y], t[y, z] ?[a, b] := t[x, y], "
            + "a = to_int(x), b = to_int(y)",
        "t[b, a] := *e[a, b] t[c, a] := t[b, a], *e[b, c] ?[a, b] := t[b, a]",
        "n[a] := *e[a, _] t[a, b] := *e[a, b] t[a, c] := t[a, b], *e[b, c] ?[a, b] := n[a], t[a, b]",
        "n[b] := *e[_, b] t[a, b] := *e[a, b] t[a, c] := t[a, b], *e[b, c] ?[a, b] := n[b], t[a, b]",
    ]

    @Test("every way of writing a closure gives the closure", arguments: 0..<12)
    func closures(seed: Int) throws {
        let nodes = [3, 8, 20, 60, 200][seed % 5]
        let (database, pairs) = Self.graph(seed, nodes: nodes, edges: nodes + seed * 3)
        let expected = Self.closure(pairs)
        for script in Self.closures {
            let rows = try Self.rows(database, script)
            #expect(Set(rows) == expected, "\(script)")
            #expect(rows.count == expected.count && rows == rows.sorted { Order.of($0, $1) == .less }, "\(script)")
        }
    }

    @Test("a bound source or target gives what the whole closure has", arguments: 0..<6)
    func bound(seed: Int) throws {
        let (database, pairs) = Self.graph(seed, nodes: 30, edges: 45)
        let expected = Self.closure(pairs)
        for rule in Self.closures.prefix(4) {
            let body = rule.replacing("?[a, b] := t[a, b]", with: "")
            for node in Int64(0)..<6 {
                let targets = try Self.rows(database, body + "?[b] := t[\(node), b]")
                #expect(Set(targets.map { [.int(node), $0[0]] }) == expected.filter { $0[0] == .int(node) })
                let sources = try Self.rows(database, body + "?[a] := t[a, \(node)]")
                #expect(Set(sources.map { [$0[0], .int(node)] }) == expected.filter { $0[1] == .int(node) })
                let count = try Self.rows(database, body + "?[count(a)] := t[a, \(node)]")
                #expect(count == [[.int(Int64(expected.count { $0[1] == .int(node) }))]])
            }
        }
    }

    @Test("shortest distances are those of a search in breadth", arguments: 0..<6)
    func distances(seed: Int) throws {
        let (database, pairs) = Self.graph(seed, nodes: 50, edges: 90)
        var distance: [Int64: Int64] = [0: 0]
        var queue: [Int64] = [0]
        while !queue.isEmpty {
            let node = queue.removeFirst()
            for (from, to) in pairs where from == node && distance[to] == nil {
                distance[to] = (distance[node] ?? 0) + 1
                queue.append(to)
            }
        }
        let script = "d[n, min(c)] := n = 0, c = 0 d[m, min(c)] := d[n, b], *e[n, m], c = b + 1 ?[n, c] := d[n, c]"
        let rows = try Self.rows(database, script)
        #expect(
            Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
                == Dictionary(uniqueKeysWithValues: distance.map { (Datum.int($0.key), Datum.int($0.value)) })
        )
    }

    @Test("a way of a hundred thousand steps is no problem")
    func deep() throws {
        let count: Int64 = 100_000
        let database = Database()
        database.load("e", keys: ["a", "b"], [.integers(Array(0..<count)), .integers(Array(1...count))])
        let reach = "r[b] := *e[0, b] r[c] := r[b], *e[b, c] ?[count(b), max(b)] := r[b]"
        #expect(try Self.rows(database, reach) == [[.int(count), .int(count)]])
        let chain = "r[b] := *e[0, b] r[c] := r[b], *e[b, c], c < 10000 ?[count(b)] := r[b]"
        #expect(try Self.rows(database, chain) == [[9999]])
        let parts = "c[n, k] <~ StronglyConnectedComponents(*e[a, b]) ?[count_unique(k)] := c[n, k]"
        #expect(try Self.rows(database, parts) == [[.int(count + 1)]])
    }

    @Test("a runaway program ends with an error and changes nothing")
    func budgets() throws {
        let database = Database()
        let endless = "n[x] := x = 0 n[y] := n[x], y = x + 1 ?[x] := n[x] :create r {x}"
        let rows = Database.Call(now: 0, seed: 1, budget: Budget(rows: 10_000))
        #expect(throws: ScriptError.self) { try database.run(endless, rows) }
        let ticks = Ticks()
        let call = Database.Call(now: 0, seed: 1, budget: Budget(seconds: 5), elapsed: { ticks.next() })
        #expect(performing: { try database.run(endless, call) }, throws: { ($0 as? ScriptError)?.kind == .timedOut })
        let cancelled = Database.Call(now: 0, seed: 1, isCancelled: { true })
        #expect(
            performing: { try database.run(endless, cancelled) },
            throws: { ($0 as? ScriptError)?.kind == .timedOut }
        )
        #expect(database.relationNames.isEmpty)
    }
}

/// A clock that goes on by a second each time it is asked.
private final class Ticks: Sendable {
    private let count = Lock(0.0)

    func next() -> Double {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
