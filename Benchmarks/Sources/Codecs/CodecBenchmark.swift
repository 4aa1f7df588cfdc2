import Basics
import Foundation
import Model

extension Benchmark {
    /// What the codecs cost, beside Foundation's on the same bytes.
    static let codecs = Benchmark(
        name: "codecs",
        summary: "events in and out, canonical bytes, documents: CPU nanoseconds, beside Foundation"
    ) { bench in
        try EventCodecs(seconds: bench.seconds).figures() + DocumentCodecs(seconds: bench.seconds).figures()
    }
}

/// Runs a body again and again and says what one run costs.
struct CodecMeter: Sendable {
    let seconds: Double

    /// CPU nanoseconds of one run: the best of three rounds, since other work only ever adds.
    ///
    /// `body` returns something that depends on its work, so that none of it is optimised away.
    func nanoseconds(_ body: () throws -> Int) throws -> Double {
        var sink = 0
        var times = 1
        while try round(times, body, &sink) < min(0.02, seconds / 10) { times *= 2 }
        var best = Double.infinity
        for _ in 0..<3 { best = min(best, try round(times, body, &sink) / Double(times)) }
        precondition(sink != Int.min, "a sum that is looked at has to be computed")
        return best * 1e9
    }

    private func round(_ times: Int, _ body: () throws -> Int, _ sink: inout Int) throws -> Double {
        try Meter.measure { for _ in 0..<times { sink &+= try body() } }.cpuSeconds
    }
}

/// One event of some 300 bytes, through every form that it takes.
private struct EventCodecs {
    private static let text = """
        {"agent": "device-7f3a9c21", "number": 48213, "type": "TOUCH", "room": "room64", "at": 1781954400123, \
        "subject": "device-7f3a9c21", "data": {"x": 12.25, "y": 4, "intensity": 0.75, "tags": ["slow", "warm"], \
        "phrase": "the river remembers"}, "clock": {"device-7f3a9c21": 48213}, "key": "order-48213"}
        """

    /// The same event for Foundation.
    private struct DecodedEvent: Decodable {
        struct Content: Decodable {
            let x: Double
            let y: Double
            let intensity: Double
            let tags: [String]
            let phrase: String
        }

        let agent: String
        let number: Int64
        let type: String
        let room: String
        let at: Int64
        let subject: String
        let data: Content
        let clock: [String: Int64]
        let key: String
    }

    private let meter: CodecMeter
    private let sent: [UInt8]
    private let event: Event
    private let commit: ContentHash
    private let salt: Salt
    private let position = Position(1_234_567)
    private let received = HybridTime(milliseconds: 1_781_954_400_456, counter: 3)

    init(seconds: Double) throws {
        meter = CodecMeter(seconds: seconds)
        let sent = Array(Self.text.utf8)
        self.sent = sent
        guard let event = try EventReader.read(sent.raw, as: .json).first,
            let commit = ContentHash([UInt8](repeating: 7, count: ContentHash.byteCount)),
            let salt = Salt([UInt8](repeating: 9, count: Limits.saltBytes))
        else { throw Failure("the event cannot be made") }
        self.event = event
        self.commit = commit
        self.salt = salt
    }

    func figures() throws -> [Figure] { try reading() + canonical() + writing() }

    private func figure(_ name: String, _ value: Double, decoder: Double? = nil) -> Figure {
        Figure(
            name: name,
            value: value,
            unit: "ns",
            rival: decoder.map { Figure.Rivalry(name: "JSONDecoder", value: $0) }
        )
    }

    private func reading() throws -> [Figure] {
        let data = Data(sent)
        let decoder = JSONDecoder()
        let theirs = try meter.nanoseconds {
            try decoder.decode(DecodedEvent.self, from: data).agent.utf8.count
        }
        let one = try meter.nanoseconds { try EventReader.read(sent.raw, as: .json).count }
        let array = Array(("[" + Array(repeating: Self.text, count: 100).joined(separator: ",") + "]").utf8)
        let many = try meter.nanoseconds { try EventReader.read(array.raw, as: .json).count } / 100
        return [
            figure("JSON to event, alone", one, decoder: theirs),
            figure("JSON to event, one of a hundred", many, decoder: theirs),
        ]
    }

    private func canonical() throws -> [Figure] {
        var out: [UInt8] = []
        let prepare = try meter.nanoseconds {
            PreparedEvent(event, salt: salt, commit: commit).maximumByteCount
        }
        let prepared = PreparedEvent(event, salt: salt, commit: commit)
        let place = try meter.nanoseconds {
            out.removeAll(keepingCapacity: true)
            prepared.encode(position: position, received: received, writer: .token, into: &out)
            return out.count
        }
        let bytes = out
        let look = try meter.nanoseconds { try CanonicalFields(bytes.raw).agent.count }
        let head = try meter.nanoseconds { try EventHead(canonical: bytes.raw).agent.text.utf8.count }
        return [
            figure("event, prepared", prepare),
            figure("prepared event to canonical bytes", place),
            figure("canonical bytes, looked at", look),
            figure("canonical bytes to head", head),
        ]
    }

    private func writing() throws -> [Figure] {
        let head = EventHead(event, commit: commit, position: position, received: received, writer: .token)
        let stored = StoredEvent(
            head: head,
            canonical: head.canonical,
            hash: commit,
            content: .open(salt, event.body)
        )
        var out: [UInt8] = []
        let write = try meter.nanoseconds {
            out.removeAll(keepingCapacity: true)
            stored.writeJSON(into: &out)
            return out.count
        }
        let line = out
        let read = try meter.nanoseconds {
            guard case .event(let event) = try DumpLine(json: line.raw) else { return 0 }
            return event.head.agent.text.utf8.count
        }
        return [figure("event to JSON", write), figure("line of a dump to event", read)]
    }
}

/// Documents of one kind of value, through JSON and CBOR.
private struct DocumentCodecs {
    private let meter: CodecMeter

    init(seconds: Double) { meter = CodecMeter(seconds: seconds) }

    func figures() throws -> [Figure] {
        let numbers = (0..<1000).map { Double($0) * 1.37 - 250 }
        let short = (0..<1000).map { Double($0 * 25) / 100 }
        let texts = (0..<200).map { "text number \($0) with caf\u{E9} and \"quotes\"" }
        return try figures("number of 17 digits", numbers) + figures("number of 4 digits", short)
            + figures("text of 40 bytes", texts)
    }

    /// What one value costs, in an array of such.
    private func figures<Element: Codable>(_ name: String, _ values: [Element]) throws -> [Figure] {
        let data = try JSONEncoder().encode(values)
        let bytes = [UInt8](data)
        let count = Double(values.count)
        var assembler = CBORAssembler()
        let read = try meter.nanoseconds {
            assembler.reset()
            var reader = JSONReader(bytes.raw)
            try reader.assemble(into: &assembler)
            return assembler.writer.bytes.count
        }
        let cbor = assembler.writer.bytes
        let write = try meter.nanoseconds {
            var writer = JSONWriter()
            writer.bytes.reserveCapacity(bytes.count)
            var reader = CBORReader(cbor.raw)
            try writer.value(from: &reader)
            return writer.bytes.count
        }
        let decoder = JSONDecoder()
        let decoded = try meter.nanoseconds { try decoder.decode([Element].self, from: data).count }
        let encoder = JSONEncoder()
        let encoded = try meter.nanoseconds { try encoder.encode(values).count }
        return [
            Figure(
                name: "JSON to CBOR, \(name)",
                value: read / count,
                unit: "ns",
                rival: Figure.Rivalry(name: "JSONDecoder", value: decoded / count)
            ),
            Figure(
                name: "CBOR to JSON, \(name)",
                value: write / count,
                unit: "ns",
                rival: Figure.Rivalry(name: "JSONEncoder", value: encoded / count)
            ),
        ]
    }
}
