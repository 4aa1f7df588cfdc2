import Datalog
import Foundation

extension Benchmark {
    private static func datalog(_ name: String, _ summary: String, _ cells: [DatalogCell]) -> Benchmark {
        Benchmark(name: "datalog-\(name)", summary: "\(summary): CPU milliseconds from text to decoded columns") {
            bench in
            let server: Result<(client: String, sockets: String), Failure>
            do {
                server = .success(try await bench.rival(PostgreSQL.self).session)
            } catch {
                server = .failure(Failure("\(error)"))
            }
            let figures = try contest(cells, in: bench.folder("datalog-\(name)"), server, seconds: bench.seconds)
            await bench.note(figures, of: cells)
            return figures
        }
    }

    private static func contest(
        _ cells: [DatalogCell],
        in folder: URL,
        _ server: Result<(client: String, sockets: String), Failure>,
        seconds: Double
    ) throws -> [Figure] {
        let contest = try DatalogContest(scratch: folder, postgreSQL: server)
        defer { contest.stop() }
        return try cells.flatMap { try contest.measure($0, seconds: seconds) }
    }

    static let datalog: [Benchmark] = [
        datalog("closures", "closures and the same generation", DatalogCell.closures),
        datalog("large-closure", "a closure of millions", DatalogCell.largeClosures),
        datalog("walks", "what one node reaches, how far it is, and by what way", DatalogCell.walks),
        datalog("deep-walks", "long ways", DatalogCell.deepWalks),
        datalog("joins", "triangles", DatalogCell.joins),
        datalog("graphs", "components and PageRank", DatalogCell.wholeGraphs),
        datalog("gaps", "where the reference computes a closure for one answer", DatalogCell.gaps),
        datalog("points", "what any query costs", DatalogCell.points),
        datalogMemory, datalogMedian,
    ]

    /// What facts take.
    private static let datalogMemory = Benchmark(
        name: "datalog-memory",
        summary: "bytes per fact, stored and derived"
    ) { _ in
        let columns = DatalogGraph(name: "e", shape: .random(nodes: 100_000, edges: 1_000_000)).columns()
        let edges = Double(columns[0].count)
        let database = Database()
        database.load("e", keys: ["a", "b"], columns.map { .integers($0) })
        let stored = Double(database.bytes) / edges
        var figures = [Figure(name: "stored fact of two integers", value: stored, unit: "bytes")]
        for cell in [DatalogCell.closures[0], DatalogCell.closures[1], DatalogCell.largeClosures[0]] {
            let database = Database()
            database.load("e", keys: ["a", "b"], cell.graph.columns().map { .integers($0) })
            var use = MemoryUse()
            _ = try database.run(cell.script, Database.Call(now: 0, seed: 1), noting: &use)
            let bytes = Double(use.bytes) / Double(use.rows)
            figures.append(Figure(name: "derived fact, \(cell.name)", value: bytes, unit: "bytes"))
        }
        return figures
    }

    /// How many times faster than the faster one of DuckDB's two ways, over the cells of this run.
    private static let datalogMedian = Benchmark(
        name: "datalog-median",
        summary: "times faster than DuckDB, over the matrix of this run"
    ) { bench in
        let ratios = await bench.noted.sorted()
        guard !ratios.isEmpty else { return [Figure(name: "nothing to compare with", value: 0, unit: "cells")] }
        return [
            Figure(name: "cells", value: Double(ratios.count), unit: "cells"),
            Figure(name: "median", value: ratios[ratios.count / 2], unit: "times"),
            Figure(name: "least", value: ratios[0], unit: "times"),
        ]
    }
}

extension Bench {
    /// Keeps how much faster we were than DuckDB.
    fileprivate func note(_ figures: [Figure], of cells: [DatalogCell]) {
        for cell in cells where cell.isOfTheMatrix {
            let ratios = figures.compactMap { figure -> Double? in
                guard figure.name == cell.name, let rival = figure.rival, rival.name.hasPrefix("DuckDB"),
                    rival.value.isFinite
                else { return nil }
                return rival.value / figure.value
            }
            if let least = ratios.min() { noted.append(least) }
        }
    }
}
