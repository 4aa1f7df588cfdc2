internal import Basics
internal import FilesDriver
internal import ProcessDriver
internal import VectorIndex

/// Measures searches over vectors that it makes: how much they find, and how many a second of processor time answers.
struct VectorsBench {
    let rows: Int
    let metric: Metric
    /// How much of what walks touch is taken into memory.
    let hotBytes: Int
    let data: ClusteredRows
    let crew: Crew
    let console: Console

    static let limit = 10
    private static let breadths = [10, 16, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512]
    private static let shares = [1, 10, 100, 500]

    /// Queries are fewer when each must be held against many rows.
    private var queryCount: Int { rows > 500_000 ? 200 : 500 }

    /// Builds a collection in the store, opens it and searches it; writes the data for others when asked.
    func run(in store: FolderStore, export: String?) throws(CommandFailure) -> Value {
        var figures = Fields()
        if metric == .hamming { figures["scan"] = scan() }
        // What was built is let go before it is opened.
        try make(in: store, &figures)
        return try search(in: store, figures, export)
    }

    private func make(in store: FolderStore, _ figures: inout Fields) throws(CommandFailure) {
        let before = ProcessUsage.now()
        let (segment, shape) = build(&figures)
        figures["memory"] = .double(Double(ProcessUsage.now().residentBytes - before.residentBytes) / 1e6)
        do throws(StoreFault) {
            var writer = try CollectionWriter(shape, in: store)
            try writer.add(segment)
            try writer.finish(at: UInt64(rows))
        } catch {
            throw CommandFailure(.unusableFolder, "\(error)")
        }
    }

    private func build(_ figures: inout Fields) -> (Segment, CollectionShape) {
        let shape = CollectionShape(
            vectors: ["": .init(metric: metric, dimension: data.dimension)],
            fields: [.init(path: PayloadPath(steps: [.key("n")]), kind: .integer)]
        )
        console.say("making \(rows) rows of \(data.dimension)")
        var builder = SegmentBuilder(shape: shape, capacity: rows)
        for row in 0..<rows {
            builder.append(
                Point(
                    id: .number(UInt64(row)),
                    vectors: ["": data.row(row)],
                    payload: ["n": .integer(data.label(row))]
                )
            )
        }
        console.say("building")
        let watch = Stopwatch()
        let segment = Segment(builder, workers: crew)
        let cost = watch.reading
        figures["build"] = [
            "seconds": .double(cost.seconds), "cpu": .double(cost.cpu), "rate": .double(Double(rows) / cost.cpu),
        ]
        return (segment, shape)
    }

    private func search(in store: FolderStore, _ built: Fields, _ export: String?) throws(CommandFailure) -> Value {
        var figures = built
        let opening: Cost<VectorCollection>
        do {
            opening = try Cost.trying { () throws(StoreFault) in try StoredCollection.read(from: store).0 }
        } catch {
            throw CommandFailure(.unusableFolder, "\(error)")
        }
        figures["open"] = .double(opening.seconds)
        var collection = opening.result
        collection.warm(upTo: hotBytes)
        let queries = (0..<queryCount).map { data.row(-1 - $0) }
        let truths: [[[UInt64]]]
        do { truths = try search(collection, queries, &figures) } catch {
            preconditionFailure("queries fit what was made with them: \(error)")
        }
        figures["resident"] = .double(Double(ProcessUsage.now().residentBytes) / 1e6)
        if let export { try self.export(to: export, queries, truths) }
        figures["rows"] = .integer(Int64(rows))
        figures["dimension"] = .integer(Int64(data.dimension))
        figures["metric"] = .text(metric.rawValue)
        return .map(figures)
    }

    /// The exact answers: among all rows, then among each share of them.
    private func search(
        _ collection: VectorCollection,
        _ queries: [Query],
        _ figures: inout Fields
    ) throws(CollectionFault) -> [[[UInt64]]] {
        console.say("searching \(queries.count) times, everywhere")
        let exact = try exactly(collection, queries, nil)
        figures["exact"] = .double(exact.rate)
        figures["curve"] = try curve(collection, queries, nil, exact.ids)
        var truths = [exact.ids]
        var filtered: [Value] = []
        let some = Array(queries.prefix(queries.count / 2))
        for share in Self.shares {
            console.say("searching among \(Double(share) / 10) % of the rows")
            let filter = Filter(must: [
                .field(PayloadPath(steps: [.key("n")]), .range(NumberRange(below: .integer(Int64(share)))))
            ])
            let exact = try exactly(collection, some, filter)
            truths.append(exact.ids)
            let curve = try curve(collection, some, filter, exact.ids)
            filtered.append(["share": .integer(Int64(share)), "exact": .double(exact.rate), "curve": curve])
        }
        figures["filtered"] = .array(filtered)
        return truths
    }

    private func exactly(
        _ collection: VectorCollection,
        _ queries: [Query],
        _ filter: Filter?
    ) throws(CollectionFault) -> (ids: [[UInt64]], rate: Double) {
        let searches = queries.map {
            VectorCollection.Search(query: $0, limit: Self.limit, filter: filter, effort: .init(way: .exact))
        }
        let cost = try Cost.trying { () throws(CollectionFault) in try collection.search(searches, workers: crew) }
        return (cost.result.map(Self.ids), Double(queries.count) / cost.cpu)
    }

    /// For each breadth how much of the truth is found, and how many searches a second of processor time answers: the
    /// best of three rounds.
    private func curve(
        _ collection: VectorCollection,
        _ queries: [Query],
        _ filter: Filter?,
        _ truth: [[UInt64]]
    ) throws(CollectionFault) -> Value {
        var points: [Value] = []
        let scratch = GraphScratch()
        for breadth in Self.breadths {
            let searches = queries.map {
                VectorCollection.Search(query: $0, limit: Self.limit, filter: filter, effort: .init(breadth: breadth))
            }
            var best = Double.infinity
            var found: [[UInt64]] = []
            for _ in 0..<3 {
                let cost = try Cost.trying { () throws(CollectionFault) in
                    var found: [[VectorCollection.Hit]] = []
                    for search in searches { found.append(try collection.search(search, scratch: scratch)) }
                    return found
                }
                best = Swift.min(best, cost.cpu)
                found = cost.result.map(Self.ids)
            }
            let recall = Self.recall(found, truth)
            points.append([
                "breadth": .integer(Int64(breadth)), "recall": .double(recall),
                "rate": .double(Double(queries.count) / best),
            ])
            if recall > 0.9995 { break }
        }
        return .array(points)
    }

    /// An exact search through hypervectors, and what reading them takes: the best of seven rounds.
    private func scan() -> Value {
        console.say("scanning \(rows) hypervectors")
        var memory = ItemMemory(bits: data.dimension)
        for row in 0..<rows { if let item = hypervector(row) { memory.append(item) } }
        let cues = (1...16).compactMap { hypervector(-$0) }
        guard let cue = cues.first else { preconditionFailure("the dimension is one of hypervectors") }
        var (probe, one, many) = (Double.infinity, Double.infinity, Double.infinity)
        var checked: UInt64 = 0
        for _ in 0..<7 {
            let read = Cost.of { memory.readThrough() }
            checked |= read.result
            probe = Swift.min(probe, read.cpu)
            one = Swift.min(one, Cost.of { memory.nearest(Self.limit, to: [cue]) }.cpu)
            many = Swift.min(many, Cost.of { memory.nearest(Self.limit, to: cues) }.cpu)
        }
        return [
            "probe": .double(checked == 0 ? .infinity : probe), "one": .double(one), "sixteen": .double(many),
            "ratio": .double(one / probe),
        ]
    }

    private func hypervector(_ row: Int) -> Hypervector? {
        guard case .bits(let bits) = data.row(row) else { return nil }
        return Hypervector(words: (0..<bits.count / 8).map { bits.integer(at: $0 * 8) })
    }

    private static func ids(_ hits: [VectorCollection.Hit]) -> [UInt64] {
        hits.map { if case .number(let row) = $0.id { row } else { .max } }
    }

    private static func recall(_ found: [[UInt64]], _ truth: [[UInt64]]) -> Double {
        var (hits, total) = (0, 0)
        for (found, truth) in zip(found, truth) {
            hits += Set(found).intersection(truth).count
            total += truth.count
        }
        return total > 0 ? Double(hits) / Double(total) : 1
    }
}

/// Time that passes, and time that this process computes.
private struct Stopwatch {
    private let start = MonotonicClock().nanoseconds()
    private let cpu = ProcessUsage.now().processorNanoseconds

    /// Since it was made.
    var reading: (seconds: Double, cpu: Double) {
        let (now, cpuNow) = (MonotonicClock().nanoseconds(), ProcessUsage.now().processorNanoseconds)
        return (Double(now - start) / 1e9, Double(cpuNow - cpu) / 1e9)
    }
}

/// What a piece of work gave, and what it cost.
private struct Cost<Result> {
    let result: Result
    let seconds: Double
    let cpu: Double

    static func of(_ work: () -> Result) -> Cost {
        trying { () throws(Never) in work() }
    }

    static func trying<Failure: Error>(_ work: () throws(Failure) -> Result) throws(Failure) -> Cost {
        let watch = Stopwatch()
        let result = try work()
        let reading = watch.reading
        return Cost(result: result, seconds: reading.seconds, cpu: reading.cpu)
    }
}
