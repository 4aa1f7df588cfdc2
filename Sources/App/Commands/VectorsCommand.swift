internal import Basics
internal import FilesDriver
internal import ProcessDriver
internal import VectorIndex

/// `prima vectors`: collections of vectors in files, made and searched.
package struct VectorsCommand: Command {
    package static let name = "vectors"
    package static let summary = "import vectors from a file, and search for the nearest"
    package static let usage = "import FILE --name NAME --metric METRIC | search NAME --queries FILE"
    package static let explanation = """
        import makes the collection NAME of the rows of FILE (.npy of float32, or of uint8 for packed bits, or .fvecs); a
        row's number is its id. METRIC is cosine, dot, euclid, manhattan or hamming. --payload names a file with one JSON
        object a row; its fields are indexed. It prints {"rows", "dimension", "seconds"}.

        search finds for each row of the queries the nearest rows, best first, and prints {"ids": [[row …] …],
        "seconds"}: the time of the search alone. --exact reads every row; --ef weighs time against what is missed;
        --filter is a filter in Qdrant's JSON.
        """
    package static let options: [CommandOption<Self>] = [
        CommandOption("--name", taking: "NAME", \.collection, "the collection to make"),
        CommandOption("--metric", taking: "METRIC", \.metric, "how vectors are compared; cosine"),
        CommandOption("--payload", taking: "FILE", \.payload, "a JSON object a row"),
        CommandOption("--queries", taking: "FILE", \.queries, "the vectors to search for"),
        CommandOption("--limit", taking: "K", \.limit, "how many to find for each; 10"),
        CommandOption("--ef", taking: "N", \.breadth, "how many near rows a search looks at; 64"),
        CommandOption("--filter", taking: "JSON", \.filter, "which rows may be found"),
        CommandOption("--threads", taking: "N", \.threads, "threads at work; 1"),
        CommandOption("--exact", \.way, .exact, "look at every row"),
        .json(\.style),
    ]
    package static let operands: [CommandOperand<Self>] = [
        CommandOperand("ACTION", \.action, "import or search"),
        CommandOperand("SUBJECT", \.subject, "the file to import, or the collection to search"),
    ]

    private var style = OutputStyle.text
    private var way = VectorColumn.Effort.Way.any
    private var action: String?
    private var subject: String?
    private var collection: String?
    private var metric: String?
    private var payload: String?
    private var queries: String?
    private var limit: String?
    private var breadth: String?
    private var filter: String?
    private var threads: String?

    package init() {}

    package func validate() throws(UsageError) {
        var problems: [String] = []
        if !["import", "search"].contains(action) { problems.append("the action is import or search") }
        if subject == nil { problems.append("the subject is missing: a file to import, or a collection to search") }
        if action == "import", collection == nil { problems.append("--name is missing") }
        if action == "search", queries == nil { problems.append("--queries is missing") }
        if let metric, Metric(rawValue: metric) == nil { problems.append("there is no metric \(metric)") }
        for (name, text) in [("--limit", limit), ("--ef", breadth), ("--threads", threads)] {
            if let text, (Int(text) ?? 0) < 1 || (Int(text) ?? 0) > 1 << 20 {
                problems.append("\(name) is a number from 1 up")
            }
        }
        guard problems.isEmpty else { throw UsageError(problems) }
    }

    package func run(_ context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let data = try context.configuration().configuration.data.text
        guard let subject else { preconditionFailure("validated") }
        switch action {
        case "import": try importRows(of: subject, data, context.console)
        default: try search(subject, data, context.console)
        }
        return .done
    }

    private var crew: Crew { Crew(count: threads.flatMap(Int.init) ?? 1) }

    private func importRows(of file: String, _ data: String, _ console: Console) throws(CommandFailure) {
        let clock = MonotonicClock()
        let start = clock.nanoseconds()
        let rows = try VectorFile(path: file)
        let metric = metric.flatMap(Metric.init) ?? .cosine
        let payloads = try payload.map { path throws(CommandFailure) in try PayloadFile(path: path, rows: rows.count) }
        let folder = try CollectionFolder(collection ?? "", in: data, .create)
        let shape = CollectionShape(
            vectors: ["": .init(metric: metric, dimension: rows.dimension)],
            fields: payloads?.fields ?? []
        )
        var builder = SegmentBuilder(shape: shape, capacity: rows.count)
        for number in 0..<rows.count {
            let query = rows.row(number)
            do { try shape.check(query) } catch { throw CommandFailure(.badData, "row \(number): \(error)") }
            let payload = payloads?.values[number] ?? .map(Fields())
            builder.append(Point(id: .number(UInt64(number)), vectors: ["": query], payload: payload))
            if number % 100_000 == 99_999 { console.say("read \(number + 1) of \(rows.count) rows") }
        }
        console.say("linking \(rows.count) rows")
        let segment = Segment(builder, workers: crew)
        try folder.write(segment, shape)
        let seconds = Double(clock.nanoseconds() - start) / 1e9
        switch style {
        case .text: try console.result("imported \(rows.count) rows of \(rows.dimension) in \(seconds) s")
        case .json:
            try console.result(#"{"rows": \#(rows.count), "dimension": \#(rows.dimension), "seconds": \#(seconds)}"#)
        }
    }

    private func search(_ name: String, _ data: String, _ console: Console) throws(CommandFailure) {
        let (segment, shape) = try CollectionFolder(name, in: data, .fail).open()
        let rows = try VectorFile(path: queries ?? "")
        let collection = VectorCollection(shape: shape, segments: [segment])
        let wanted = try parsedFilter()
        let effort = VectorColumn.Effort(breadth: breadth.flatMap(Int.init) ?? 64, way: way)
        let searches = (0..<rows.count).map { number in
            VectorCollection.Search(
                query: rows.row(number),
                limit: limit.flatMap(Int.init) ?? 10,
                filter: wanted,
                effort: effort
            )
        }
        let answers = Lock([Int: [UInt64]]())
        let fault = Lock(CollectionFault?.none)
        let crew = crew
        let clock = MonotonicClock()
        let start = clock.nanoseconds()
        crew.run { member in
            let scratch = GraphScratch()
            for number in stride(from: member, to: searches.count, by: crew.count) {
                do throws(CollectionFault) {
                    let hits = try collection.search(searches[number], scratch: scratch)
                    let ids = hits.map { hit in if case .number(let row) = hit.id { row } else { UInt64.max } }
                    answers.withLock { $0[number] = ids }
                } catch {
                    fault.withLock { $0 = error }
                }
            }
        }
        let seconds = Double(clock.nanoseconds() - start) / 1e9
        if let fault = fault.withLock({ $0 }) { throw CommandFailure(.badData, "\(fault)") }
        try report(answers.withLock { $0 }, rows.count, seconds, console)
    }

    private func report(
        _ answers: [Int: [UInt64]],
        _ count: Int,
        _ seconds: Double,
        _ console: Console
    ) throws(CommandFailure) {
        let lists = (0..<count).map { number in (answers[number] ?? []).map { String($0) } }
        switch style {
        case .text:
            for list in lists { try console.result(list.joined(separator: " ")) }
            console.say("\(count) searches in \(seconds) s")
        case .json:
            let ids = lists.map { "[\($0.joined(separator: ", "))]" }.joined(separator: ", ")
            try console.result(#"{"ids": [\#(ids)], "seconds": \#(seconds)}"#)
        }
    }

    private func parsedFilter() throws(CommandFailure) -> Filter? {
        guard let filter else { return nil }
        let bytes = Array(filter.utf8)
        var reader = JSONReader(bytes.raw)
        do {
            let value = try reader.value()
            try reader.finish()
            return try Filter(value)
        } catch {
            throw CommandFailure(.wrongUsage, "--filter: \(error)")
        }
    }
}
