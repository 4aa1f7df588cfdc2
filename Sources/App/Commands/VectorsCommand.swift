internal import Basics
internal import FilesDriver
internal import ProcessDriver
internal import VectorIndex

/// `prima vectors`: collections of vectors in files, made and searched.
package struct VectorsCommand: Command {
    package static let name = "vectors"
    package static let summary = "import vectors from a file, search for the nearest, and measure that"
    package static let usage = "import FILE --name NAME --metric METRIC | search NAME --queries FILE | bench --rows N"
    package static let explanation = """
        import makes the collection NAME of the rows of FILE (.npy of float32, or of uint8 for packed bits, or .fvecs); a
        row's number is its id. METRIC is cosine, dot, euclid, manhattan or hamming. --payload names a file with one JSON
        object a row; its fields are indexed. It prints {"rows", "dimension", "seconds"}.

        search finds for each row of the queries the nearest rows, best first, and prints {"ids": [[row …] …],
        "seconds"}: the time of the search alone. --exact reads every row; --ef weighs time against what is missed;
        --filter is a filter in Qdrant's JSON.

        bench makes --rows clustered vectors of --dimension (2048 bits for hamming), builds a collection of them in
        --data, and prints what building, opening and searching took, with the recall against an exact search;
        --export writes the vectors and the exact answers as .npy, for others to be measured on.
        """
    package static let options: [CommandOption<Self>] = [
        CommandOption("--name", taking: "NAME", \.collection, "the collection to make"),
        CommandOption("--metric", taking: "METRIC", \.metric, "how vectors are compared; cosine"),
        CommandOption("--vector", taking: "NAME", \.vector, "what the vectors are called in their points; nothing"),
        CommandOption("--quantization", taking: "KIND", \.quantization, "what walks look at: bytes or bits; bytes"),
        CommandOption("--payload", taking: "FILE", \.payload, "a JSON object a row"),
        CommandOption("--queries", taking: "FILE", \.queries, "the vectors to search for"),
        CommandOption("--limit", taking: "K", \.limit, "how many to find for each; 10"),
        CommandOption("--ef", taking: "N", \.breadth, "how many near rows a search looks at; 64"),
        CommandOption("--filter", taking: "JSON", \.filter, "which rows may be found"),
        CommandOption("--threads", taking: "N", \.threads, "threads at work; 1"),
        CommandOption("--segment", taking: "ROWS", \.segment, "how many rows a file of the collection has; 2097152"),
        CommandOption("--memory", taking: "MB", \.memory, "how much of what walks touch is held in memory; 4096"),
        CommandOption("--rows", taking: "N", \.rows, "how many vectors to measure on; 200000"),
        CommandOption("--dimension", taking: "N", \.dimension, "how long they are; 128"),
        CommandOption("--export", taking: "FOLDER", \.export, "where to write what was measured on"),
        CommandOption("--exact", \.way, .exact, "look at every row"),
        .json(\.style),
    ]
    package static let operands: [CommandOperand<Self>] = [
        CommandOperand("ACTION", \.action, "import, search or bench"),
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
    private var vector: String?
    private var quantization: String?
    private var segment: String?
    private var memory: String?
    private var rows: String?
    private var dimension: String?
    private var export: String?

    package init() {}

    package func validate() throws(UsageError) {
        var problems: [String] = []
        if !["import", "search", "bench"].contains(action) {
            problems.append("the action is import, search or bench")
        }
        if subject == nil, action != "bench" {
            problems.append("the subject is missing: a file to import, or a collection to search")
        }
        if action == "import", collection == nil { problems.append("--name is missing") }
        if action == "search", queries == nil { problems.append("--queries is missing") }
        if let metric, Metric(rawValue: metric) == nil { problems.append("there is no metric \(metric)") }
        if let quantization, Quantizer.Kind(rawValue: quantization) == nil {
            problems.append("there is no quantization \(quantization)")
        }
        if let memory, !(0..<1 << 24).contains(Int(memory) ?? -1) { problems.append("--memory is a number from 0 up") }
        let numbers = [
            ("--limit", limit), ("--ef", breadth), ("--threads", threads), ("--rows", rows), ("--dimension", dimension),
            ("--segment", segment),
        ]
        for (name, text) in numbers {
            if let text, (Int(text) ?? 0) < 1 || (Int(text) ?? 0) > 1 << 28 {
                problems.append("\(name) is a number from 1 up")
            }
        }
        if metric == "hamming", let bits = dimension.flatMap(Int.init), bits % 512 != 0 {
            problems.append("--dimension is a multiple of 512 for bits")
        }
        guard problems.isEmpty else { throw UsageError(problems) }
    }

    package func run(_ context: CommandContext) async throws(CommandFailure) -> ExitCode {
        let data = try context.configuration().configuration.data.text
        switch action {
        case "import": try importRows(of: subject ?? "", data, context.console)
        case "search": try search(subject ?? "", data, context.console)
        default: try bench(data, context.console)
        }
        return .done
    }

    /// How much of what walks touch is taken into memory.
    private var hotBytes: Int { (memory.flatMap(Int.init) ?? 4096) << 20 }

    private var crew: Crew { Crew(count: threads.flatMap(Int.init) ?? 1) }

    private func importRows(of file: String, _ data: String, _ console: Console) throws(CommandFailure) {
        let clock = MonotonicClock()
        let start = clock.nanoseconds()
        let rows = try VectorFile(path: file)
        let metric = metric.flatMap(Metric.init) ?? .cosine
        let payloads = try payload.map { path throws(CommandFailure) in try PayloadFile(path: path, rows: rows.count) }
        let store = try FolderStore(collection ?? "", in: data, .create)
        let kept = CollectionShape.Vector(
            metric: metric,
            dimension: rows.dimension,
            quantization: quantization.flatMap(Quantizer.Kind.init) ?? .bytes
        )
        try CollectionImport(
            rows: rows,
            payloads: payloads,
            name: vector ?? "",
            vector: kept,
            segmentMost: segment.flatMap(Int.init) ?? 1 << 21,
            crew: crew,
            console: console
        ).write(to: store)
        let seconds = Double(clock.nanoseconds() - start) / 1e9
        switch style {
        case .text: try console.result("imported \(rows.count) rows of \(rows.dimension) in \(seconds) s")
        case .json:
            try console.result(#"{"rows": \#(rows.count), "dimension": \#(rows.dimension), "seconds": \#(seconds)}"#)
        }
    }

    private func search(_ name: String, _ data: String, _ console: Console) throws(CommandFailure) {
        let store = try FolderStore(name, in: data, .fail)
        var collection: VectorCollection
        do { collection = try StoredCollection.read(from: store).0 } catch {
            throw CommandFailure(.badData, "\(name): \(error)")
        }
        collection.warm(upTo: hotBytes)
        let rows = try VectorFile(path: queries ?? "")
        let wanted = try parsedFilter()
        let effort = VectorColumn.Effort(breadth: breadth.flatMap(Int.init) ?? 64, way: way)
        let searches = (0..<rows.count).map { number in
            VectorCollection.Search(
                vector: vector ?? "",
                query: rows.row(number),
                limit: limit.flatMap(Int.init) ?? 10,
                filter: wanted,
                effort: effort
            )
        }
        let clock = MonotonicClock()
        let start = clock.nanoseconds()
        let found: [[VectorCollection.Hit]]
        do { found = try collection.search(searches, workers: crew) } catch {
            throw CommandFailure(.badData, "\(error)")
        }
        let seconds = Double(clock.nanoseconds() - start) / 1e9
        let lists = found.map { hits in hits.map(\.id.text) }
        switch style {
        case .text:
            for list in lists { try console.result(list.joined(separator: " ")) }
            console.say("\(rows.count) searches in \(seconds) s")
        case .json:
            let ids = lists.map { "[\($0.joined(separator: ", "))]" }.joined(separator: ", ")
            try console.result(#"{"ids": [\#(ids)], "seconds": \#(seconds)}"#)
        }
    }

    private func bench(_ data: String, _ console: Console) throws(CommandFailure) {
        let metric = metric.flatMap(Metric.init) ?? .euclid
        let rows = rows.flatMap(Int.init) ?? 200_000
        let dimension = dimension.flatMap(Int.init) ?? (metric == .hamming ? 2048 : 128)
        let measured = try VectorsBench(
            rows: rows,
            metric: metric,
            hotBytes: hotBytes,
            data: ClusteredRows(seed: 1, rows: rows, dimension: dimension, metric: metric),
            crew: crew,
            console: console
        ).run(in: FolderStore("bench", in: data, .create), export: export)
        var writer = JSONWriter()
        writer.value(measured)
        try console.result(writer.bytes + [UInt8(ascii: "\n")])
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
