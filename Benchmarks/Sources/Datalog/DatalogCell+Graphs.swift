// Joins, whole graphs, and questions with short answers.
extension DatalogCell {
    private static func triangles(_ name: String, _ shape: DatalogGraph.Shape) -> DatalogCell {
        let text = """
            SELECT count(*) AS n FROM e JOIN e AS f ON e.b = f.a JOIN e AS g ON f.b = g.a AND g.b = e.a
            """
        return DatalogCell(
            name: "triangles, \(name)",
            graph: DatalogGraph(name: "e", shape: shape),
            script: "?[count(a)] := *e[a, b], *e[b, c], *e[c, a]",
            sql: Dictionary(uniqueKeysWithValues: DatalogSystem.plain.map { ($0, text) })
        )
    }

    static let joins: [DatalogCell] = [
        triangles("random 10k edges", .random(nodes: 1000, edges: 10_000)),
        triangles("random 1M edges", .random(nodes: 100_000, edges: 1_000_000)),
        triangles("scale-free 100k edges", .scaleFree(nodes: 25_000, perNode: 4)),
    ]

    // MARK: Whole graphs

    private static func components(_ name: String, _ shape: DatalogGraph.Shape) -> DatalogCell {
        DatalogCell(
            name: "components, \(name)",
            graph: DatalogGraph(name: "e", shape: shape),
            script: """
                u[x, y] := *e[x, y]
                u[x, y] := *e[y, x]
                c[x, min(k)] := u[x, _], k = x
                c[y, min(k)] := c[x, k], u[x, y]
                ?[x, k] := c[x, k]
                """,
            sql: [
                .duckDBKeys: """
                WITH RECURSIVE u(x, y) AS MATERIALIZED (SELECT a, b FROM e UNION SELECT b, a FROM e),
                c(x, k) USING KEY (x) AS (SELECT DISTINCT x, x FROM u UNION
                SELECT u.y, min(c.k) FROM c JOIN u ON c.x = u.x JOIN recurring.c AS r ON r.x = u.y
                WHERE r.k > c.k GROUP BY u.y) SELECT x, k FROM c
                """
            ]
        )
    }

    private static func countedComponents(_ name: String, _ shape: DatalogGraph.Shape) -> DatalogCell {
        DatalogCell(
            name: "components by algorithm, \(name)",
            graph: DatalogGraph(name: "e", shape: shape),
            script: "c[n, k] <~ ConnectedComponents(*e[a, b])\n?[count(n), count_unique(k)] := c[n, k]",
            sql: [
                .duckDBKeys: """
                WITH RECURSIVE u(x, y) AS MATERIALIZED (SELECT a, b FROM e UNION SELECT b, a FROM e),
                c(x, k) USING KEY (x) AS (SELECT DISTINCT x, x FROM u UNION
                SELECT u.y, min(c.k) FROM c JOIN u ON c.x = u.x JOIN recurring.c AS r ON r.x = u.y
                WHERE r.k > c.k GROUP BY u.y) SELECT count(x), count(DISTINCT k) FROM c
                """
            ]
        )
    }

    private static func ranks(_ name: String, _ shape: DatalogGraph.Shape) -> DatalogCell {
        DatalogCell(
            name: "PageRank, \(name)",
            graph: DatalogGraph(name: "e", shape: shape),
            script: "?[n, s] <~ PageRank(*e[a, b], epsilon: 0.0, iterations: 20)",
            sql: [
                .duckDB: """
                WITH RECURSIVE nodes(n) AS MATERIALIZED (SELECT a FROM e UNION SELECT b FROM e),
                degrees(a, d) AS MATERIALIZED (SELECT a, count(*) FROM e GROUP BY a),
                size(z) AS MATERIALIZED (SELECT count(*)::DOUBLE FROM nodes),
                p(i, n, s) AS (SELECT 0, n, 1 / z FROM nodes, size UNION ALL
                SELECT g.i + 1, g.n, 0.15 / any_value(z) + 0.85 * sum(g.t) FROM (
                SELECT p.i, e.b AS n, p.s / d.d AS t FROM p JOIN degrees AS d ON d.a = p.n JOIN e ON e.a = p.n
                UNION ALL SELECT i, n, 0.0 FROM p) AS g, size WHERE g.i < 20 GROUP BY g.i, g.n)
                SELECT n, s FROM p WHERE i = 20
                """
            ]
        )
    }

    static let wholeGraphs: [DatalogCell] = [
        components("scale-free 10k edges", .scaleFree(nodes: 2500, perNode: 4)),
        components("scale-free 1M edges", .scaleFree(nodes: 250_000, perNode: 4)),
        countedComponents("scale-free 1M edges", .scaleFree(nodes: 250_000, perNode: 4)),
        ranks("random 100k edges", .random(nodes: 10_000, edges: 100_000)),
        ranks("random 1M edges", .random(nodes: 100_000, edges: 1_000_000)),
    ]

    // MARK: Short answers

    private static let medium = DatalogGraph(name: "e", shape: .random(nodes: 1000, edges: 2000))
    private static let closureRules = "tc[x, y] := *e[x, y]\ntc[x, z] := tc[x, y], *e[y, z]\n"

    private static func bound(_ answer: String, from node: String) -> [DatalogSystem: String] {
        everywhere(
            """
            WITH RECURSIVE r(y) AS (SELECT b FROM e WHERE a = \(node) UNION SELECT e.b FROM r JOIN e ON r.y = e.a)
            SELECT \(answer) AS y FROM r
            """
        )
    }

    /// Where the reference computes a whole closure for one answer.
    static let gaps: [DatalogCell] = [
        DatalogCell(
            name: "count of a bound source",
            graph: medium,
            script: closureRules + "?[count(y)] := tc[7, y]",
            sql: bound("count(y)", from: "7"),
            isOfTheMatrix: false
        ),
        DatalogCell(
            name: "bound target",
            graph: medium,
            script: closureRules + "?[x] := tc[x, 7]",
            sql: everywhere(
                """
                WITH RECURSIVE r(x) AS (SELECT a FROM e WHERE b = 7 UNION SELECT e.a FROM r JOIN e ON r.x = e.b)
                SELECT x FROM r
                """
            ),
            isOfTheMatrix: false
        ),
        DatalogCell(
            name: "least of a bound source",
            graph: medium,
            script: """
                d[x, y, min(c)] := *e[x, y], c = 1
                d[x, z, min(c)] := d[x, y, b], *e[y, z], c = b + 1
                ?[y, c] := d[7, y, c]
                """,
            sql: [:],
            isOfTheMatrix: false
        ),
    ]

    /// What any query costs.
    static let points: [DatalogCell] = [
        DatalogCell(
            name: "point query among 1M",
            graph: DatalogGraph(name: "e", shape: .random(nodes: 100_000, edges: 1_000_000)),
            script: "?[y] := *e[5, y]",
            sql: Dictionary(uniqueKeysWithValues: DatalogSystem.plain.map { ($0, "SELECT b FROM e WHERE a = 5") }),
            times: 1000,
            isOfTheMatrix: false
        )
    ]
}
