/// One question of the Datalog benchmarks, in the languages of everybody who is asked.
struct DatalogCell: Sendable {
    let name: String
    let graph: DatalogGraph
    /// CozoScript: ours, and that of CozoDB and mnestic.
    let script: String
    /// By system; who is missing is not asked.
    let sql: [DatalogSystem: String]
    /// How often the question is asked in one measurement.
    var times = 1
    /// Counts towards the median against DuckDB.
    var isOfTheMatrix = true
    /// Seconds that a rival may take for one answer; CozoDB looks at its clock between rounds only.
    var patience = 60.0
    /// False where CozoDB and mnestic take minutes.
    var asksCozo = true
}

/// Who is asked besides us.
enum DatalogSystem: String, Sendable, CaseIterable {
    case cozo = "CozoDB"
    case mnestic
    case duckDB = "DuckDB"
    /// DuckDB's recursion with keys, whose rows replace each other.
    case duckDBKeys = "DuckDB USING KEY"
    case sqlite = "SQLite"
    case postgreSQL = "PostgreSQL"

    var speaksCozoScript: Bool { self == .cozo || self == .mnestic }

    /// The systems whose recursion is that of the standard.
    static let plain: [DatalogSystem] = [.duckDB, .sqlite, .postgreSQL]
}

extension DatalogCell {
    static func everywhere(_ text: String, keys: String? = nil) -> [DatalogSystem: String] {
        var texts = Dictionary(uniqueKeysWithValues: DatalogSystem.plain.map { ($0, text) })
        if let keys { texts[.duckDBKeys] = keys }
        return texts
    }

    // MARK: Closures

    private static let closureSQL = everywhere(
        """
        WITH RECURSIVE tc(x, y) AS (SELECT a, b FROM e UNION SELECT tc.x, e.b FROM tc JOIN e ON tc.y = e.a)
        SELECT x, y FROM tc
        """,
        keys: """
            WITH RECURSIVE tc(x, y, k) USING KEY (x, y) AS (SELECT a, b, 1 FROM e UNION
            SELECT DISTINCT tc.x, e.b, 1 FROM tc JOIN e ON tc.y = e.a
            LEFT JOIN recurring.tc AS r ON r.x = tc.x AND r.y = e.b WHERE r.x IS NULL) SELECT x, y FROM tc
            """
    )

    private static func closure(_ name: String, _ shape: DatalogGraph.Shape) -> DatalogCell {
        DatalogCell(
            name: "closure, \(name)",
            graph: DatalogGraph(name: "e", shape: shape),
            script: "tc[x, y] := *e[x, y]\ntc[x, z] := tc[x, y], *e[y, z]\n?[x, y] := tc[x, y]",
            sql: closureSQL
        )
    }

    private static func closureOfItself(
        _ name: String,
        _ shape: DatalogGraph.Shape,
        asksCozo: Bool
    ) -> DatalogCell {
        DatalogCell(
            name: "closure of itself with itself, \(name)",
            graph: DatalogGraph(name: "e", shape: shape),
            script: "tc[x, y] := *e[x, y]\ntc[x, z] := tc[x, y], tc[y, z]\n?[x, y] := tc[x, y]",
            // The standard's recursion may name itself only once: the same answer, asked for step by step.
            sql: closureSQL,
            asksCozo: asksCozo
        )
    }

    static let closures: [DatalogCell] = [
        closure("random 1k nodes, 2k edges", .random(nodes: 1000, edges: 2000)),
        closure("scale-free 1k nodes, 3k edges", .scaleFree(nodes: 1000, perNode: 3)),
        closure("path of 1k", .path(steps: 1000)),
        closure("random 10k nodes, 10k edges", .random(nodes: 10_000, edges: 10_000)),
        closureOfItself("random 200 nodes, 400 edges", .random(nodes: 200, edges: 400), asksCozo: true),
        closureOfItself("random 1k nodes, 2k edges", .random(nodes: 1000, edges: 2000), asksCozo: false),
        DatalogCell(
            name: "same generation, tree of 1.5k",
            graph: DatalogGraph(name: "p", shape: .tree(nodes: 1500)),
            script: """
                sg[x, y] := *p[x, a], *p[y, a]
                sg[x, y] := *p[x, a], sg[a, b], *p[y, b]
                ?[x, y] := sg[x, y]
                """,
            sql: everywhere(
                """
                WITH RECURSIVE sg(x, y) AS (SELECT p.a, q.a FROM p JOIN p AS q ON p.b = q.b UNION
                SELECT p.a, q.a FROM sg JOIN p ON p.b = sg.x JOIN p AS q ON q.b = sg.y) SELECT x, y FROM sg
                """,
                keys: """
                    WITH RECURSIVE sg(x, y, k) USING KEY (x, y) AS (
                    SELECT DISTINCT p.a, q.a, 1 FROM p JOIN p AS q ON p.b = q.b UNION
                    SELECT DISTINCT p.a, q.a, 1 FROM sg JOIN p ON p.b = sg.x JOIN p AS q ON q.b = sg.y
                    LEFT JOIN recurring.sg AS r ON r.x = p.a AND r.y = q.a WHERE r.x IS NULL) SELECT x, y FROM sg
                    """
            )
        ),
    ]

    static let largeClosures: [DatalogCell] = [
        closure("random 100k nodes, 100k edges", .random(nodes: 100_000, edges: 100_000))
    ]

    // MARK: Walks

    private static func reach(_ name: String, _ shape: DatalogGraph.Shape) -> DatalogCell {
        DatalogCell(
            name: "reach, \(name)",
            graph: DatalogGraph(name: "e", shape: shape),
            script: "r[y] := *e[0, y]\nr[z] := r[y], *e[y, z]\n?[y] := r[y]",
            sql: everywhere(
                """
                WITH RECURSIVE r(y) AS (SELECT b FROM e WHERE a = 0 UNION SELECT e.b FROM r JOIN e ON r.y = e.a)
                SELECT y FROM r
                """,
                keys: """
                    WITH RECURSIVE r(y, k) USING KEY (y) AS (SELECT b, 1 FROM e WHERE a = 0 UNION
                    SELECT DISTINCT e.b, 1 FROM r JOIN e ON r.y = e.a LEFT JOIN recurring.r AS s ON s.y = e.b
                    WHERE s.y IS NULL) SELECT y FROM r
                    """
            )
        )
    }

    /// `most` bounds the distances for those who cannot stop by themselves.
    private static func distances(_ name: String, _ shape: DatalogGraph.Shape, most: Int) -> DatalogCell {
        DatalogCell(
            name: "distances, \(name)",
            graph: DatalogGraph(name: "e", shape: shape),
            script: """
                d[y, min(c)] := *e[0, y], c = 1
                d[z, min(c)] := d[y, b], *e[y, z], c = b + 1
                ?[y, c] := d[y, c]
                """,
            sql: everywhere(
                """
                WITH RECURSIVE d(y, c) AS (SELECT b, 1 FROM e WHERE a = 0 UNION
                SELECT e.b, d.c + 1 FROM d JOIN e ON d.y = e.a WHERE d.c < \(most))
                SELECT y, min(c) AS c FROM d GROUP BY y
                """,
                keys: """
                    WITH RECURSIVE d(y, c) USING KEY (y) AS (SELECT b, 1 FROM e WHERE a = 0 UNION
                    SELECT e.b, min(d.c) + 1 FROM d JOIN e ON d.y = e.a LEFT JOIN recurring.d AS r ON r.y = e.b
                    WHERE r.c IS NULL OR r.c > d.c + 1 GROUP BY e.b) SELECT y, c FROM d
                    """
            )
        )
    }

    private static func shortestPaths(_ name: String, _ shape: DatalogGraph.Shape) -> DatalogCell {
        DatalogCell(
            name: "shortest paths, \(name)",
            graph: DatalogGraph(name: "e", shape: shape, heaviest: 100),
            script: """
                d[y, min(c)] := *e[0, y, c]
                d[z, min(c)] := d[y, b], *e[y, z, w], c = b + w
                ?[y, c] := d[y, c]
                """,
            sql: [
                .duckDBKeys: """
                WITH RECURSIVE d(y, c) USING KEY (y) AS (SELECT b, w FROM e WHERE a = 0 UNION
                SELECT e.b, min(d.c + e.w) FROM d JOIN e ON d.y = e.a LEFT JOIN recurring.d AS r ON r.y = e.b
                WHERE r.c IS NULL OR r.c > d.c + e.w GROUP BY e.b) SELECT y, c FROM d
                """
            ]
        )
    }

    static let walks: [DatalogCell] = [
        reach("random 10k edges", .random(nodes: 1000, edges: 10_000)),
        reach("random 1M edges", .random(nodes: 100_000, edges: 1_000_000)),
        distances("random 100k edges", .random(nodes: 50_000, edges: 100_000), most: 48),
        distances("random 1M edges", .random(nodes: 100_000, edges: 1_000_000), most: 12),
        shortestPaths("scale-free 10k edges", .scaleFree(nodes: 2500, perNode: 4)),
        shortestPaths("scale-free 1M edges", .scaleFree(nodes: 250_000, perNode: 4)),
    ]

    static let deepWalks: [DatalogCell] = [
        reach("path of 10k", .path(steps: 10_000)),
        distances("path of 10k", .path(steps: 10_000), most: 10_000),
        DatalogCell(
            name: "reach counted, path of 1M",
            graph: DatalogGraph(name: "e", shape: .path(steps: 1_000_000)),
            script: "r[y] := *e[0, y]\nr[z] := r[y], *e[y, z]\n?[count(y)] := r[y]",
            sql: [:],
            isOfTheMatrix: false
        ),
        DatalogCell(
            name: "distances, path of 1M",
            graph: DatalogGraph(name: "e", shape: .path(steps: 1_000_000)),
            script: """
                d[y, min(c)] := *e[0, y], c = 1
                d[z, min(c)] := d[y, b], *e[y, z], c = b + 1
                ?[y, c] := d[y, c]
                """,
            sql: [:],
            isOfTheMatrix: false
        ),
    ]
}
