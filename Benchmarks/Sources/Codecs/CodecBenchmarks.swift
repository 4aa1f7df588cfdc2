import Basics
import FoundationEssentials
import Model

extension Benchmark {
    /// What the codecs cost, beside Foundation's on the same bytes.
    static let codecs = Benchmark(
        name: "codecs",
        summary: "CPU of reading and writing events, JSON and CBOR, beside Foundation's coders"
    ) { _ in
        CodecBenchmarks.run { times, body in
            for _ in 0..<times / 10 { body() }
            return Meter.measure { for _ in 0..<times { body() } }.cpuSeconds * 1e9 / Double(times)
        }
        .map { row in
            let rival = row.foundation.map { Figure.Rivalry(name: "Foundation", value: $0) }
            return Figure(name: row.name, value: row.nanoseconds, unit: "ns", rival: rival)
        }
    }
}

/// The work itself.
///
/// `measure` runs a body that many times and returns the CPU nanoseconds of one run: the caller owns the clock.
enum CodecBenchmarks {
    struct Row {
        let name: String
        let nanoseconds: Double
        /// What Foundation takes for the same work; nil where it has nothing to compare.
        let foundation: Double?
    }

    typealias Measure = (_ times: Int, _ body: () -> Void) -> Double

    static func run(_ measure: Measure) -> [Row] {
        var sink = Sink()
        return events(measure, &sink) + canonical(measure, &sink) + documents(measure, &sink)
    }

    /// Keeps results alive, so that no work is optimised away.
    struct Sink { var total = 0 }

    // MARK: A 270-byte event

    static let eventText = """
        {"agent": "device-7f3a9c21", "number": 48213, "type": "TOUCH", "room": "room64", "subject": "device-7f3a9c21", \
        "at": 1781954400123, "data": {"x": 12.25, "y": 4, "intensity": 0.75, "phrase": "the river remembers us", \
        "tags": ["slow", "warm"]}, "clock": {"device-7f3a9c21": 48213}, "key": "order-48213"}
        """

    /// The same event for `JSONDecoder`.
    struct DecodedEvent: Decodable {
        struct Data: Decodable {
            let x: Double
            let y: Double
            let intensity: Double
            let phrase: String
            let tags: [String]
        }

        let agent: String
        let number: Int64
        let type: String
        let room: String
        let subject: String
        let at: Int64
        let data: Data
        let clock: [String: Int64]
        let key: String
    }

    private static func events(_ measure: Measure, _ sink: inout Sink) -> [Row] {
        let bytes = Array(eventText.utf8)
        let data = Data(bytes)
        var total = 0
        let ours = measure(100_000) { total += (try? EventReader.read(bytes.raw, as: .json).count) ?? 0 }
        let decoder = JSONDecoder()
        let theirs = measure(10_000) {
            total += (try? decoder.decode(DecodedEvent.self, from: data).agent.utf8.count) ?? 0
        }
        var array = [UInt8(ascii: "[")]
        for index in 0..<1000 { array += (index == 0 ? [] : [UInt8(ascii: ",")]) + bytes }
        array.append(UInt8(ascii: "]"))
        let many = measure(100) { total += (try? EventReader.read(array.raw, as: .json).count) ?? 0 } / 1000
        sink.total += total
        return [
            Row(name: "JSON to event, \(bytes.count) bytes", nanoseconds: ours, foundation: theirs),
            Row(name: "JSON to event, in an array of 1,000", nanoseconds: many, foundation: theirs),
        ]
    }

    private static func canonical(_ measure: Measure, _ sink: inout Sink) -> [Row] {
        let bytes = Array(eventText.utf8)
        guard let event = try? EventReader.read(bytes.raw, as: .json).first,
            let commit = ContentHash([UInt8](repeating: 7, count: 32)),
            let salt = Salt([UInt8](repeating: 9, count: 16))
        else { return [] }
        let position = Position(1_234_567)
        let received = HybridTime(milliseconds: 1_781_954_400_456, counter: 3)
        var total = 0
        var out: [UInt8] = []
        out.reserveCapacity(1 << 16)
        let encode = measure(100_000) {
            out.removeAll(keepingCapacity: true)
            CanonicalEvent.encode(
                event,
                commit: commit,
                position: position,
                received: received,
                writer: .token,
                into: &out
            )
            total += out.count
        }
        let prepare = measure(100_000) { total += PreparedEvent(event, salt: salt, commit: commit).maximumByteCount }
        let prepared = PreparedEvent(event, salt: salt, commit: commit)
        let place = measure(1_000_000) {
            out.removeAll(keepingCapacity: true)
            prepared.encode(position: position, received: received, writer: .token, into: &out)
            total += out.count
        }
        let canonical = out
        let look = measure(1_000_000) { total += (try? CanonicalFields(canonical.raw).agent.count) ?? 0 }
        let read = measure(100_000) { total += (try? EventHead(canonical: canonical.raw).agent.text.utf8.count) ?? 0 }
        guard let head = try? EventHead(canonical: canonical.raw) else { return [] }
        let stored = StoredEvent(head: head, canonical: canonical, hash: commit, content: .open(salt, event.body))
        let write = measure(100_000) {
            out.removeAll(keepingCapacity: true)
            stored.writeJSON(into: &out)
            total += out.count
        }
        let shown = out
        let dump = measure(100_000) {
            if case .event(let event)? = try? DumpLine(json: shown.raw) { total += event.head.agent.text.utf8.count }
        }
        sink.total += total
        return [
            Row(name: "event to canonical bytes", nanoseconds: encode, foundation: nil),
            Row(name: "prepare an event", nanoseconds: prepare, foundation: nil),
            Row(name: "prepared event to canonical bytes", nanoseconds: place, foundation: nil),
            Row(name: "look at canonical bytes", nanoseconds: look, foundation: nil),
            Row(name: "canonical bytes to head", nanoseconds: read, foundation: nil),
            Row(name: "event to JSON, \(shown.count) bytes", nanoseconds: write, foundation: nil),
            Row(name: "line of a dump to event", nanoseconds: dump, foundation: nil),
        ]
    }

    // MARK: Documents

    private static func documents(_ measure: Measure, _ sink: inout Sink) -> [Row] {
        let numbers = (0..<1000).map { "\(Double($0) * 1.37 - 250)" }.joined(separator: ",")
        let texts = (0..<200).map { "\"text number \($0) with caf\u{E9} and \\\"quotes\\\"\"" }.joined(separator: ",")
        var total = 0
        var rows: [Row] = []
        for (name, text) in [("1,000 numbers", "[\(numbers)]"), ("200 texts", "[\(texts)]")] {
            let bytes = Array(text.utf8)
            let data = Data(bytes)
            var assembler = CBORAssembler()
            let ours = measure(1000) {
                assembler.reset()
                var reader = JSONReader(bytes.raw)
                try? reader.assemble(into: &assembler)
                total += assembler.writer.bytes.count
            }
            let decoder = JSONDecoder()
            let theirs = measure(100) {
                if name.hasSuffix("numbers") {
                    total += (try? decoder.decode([Double].self, from: data).count) ?? 0
                } else {
                    total += (try? decoder.decode([String].self, from: data).count) ?? 0
                }
            }
            let size = "\(name), \(bytes.count) bytes"
            rows.append(Row(name: "JSON to CBOR: " + size, nanoseconds: ours, foundation: theirs))
            let cbor = assembler.writer.bytes
            var out: [UInt8] = []
            let written = measure(1000) {
                var writer = JSONWriter(bytes: out)
                out = []
                writer.bytes.removeAll(keepingCapacity: true)
                writer.begin()
                var reader = CBORReader(cbor.raw)
                try? writer.value(from: &reader)
                total += writer.bytes.count
                out = writer.bytes
            }
            let encoder = JSONEncoder()
            let doubles = (try? decoder.decode([Double].self, from: data)) ?? []
            let strings = (try? decoder.decode([String].self, from: data)) ?? []
            let encoded = measure(100) {
                total += (doubles.isEmpty ? try? encoder.encode(strings) : try? encoder.encode(doubles))?.count ?? 0
            }
            rows.append(Row(name: "CBOR to JSON: " + size, nanoseconds: written, foundation: encoded))
        }
        sink.total += total
        return rows
    }
}
