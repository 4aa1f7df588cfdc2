import Basics
import Model
import TestSupport
import Testing

@testable import Capability
@testable import TRPCDoor

/// How each kind of value is written, and what unusual and hostile text reads as.
@Suite struct SuperJSONTests {
    private struct Sample: CustomTestStringConvertible {
        let name: String
        let versions: [String]
        let text: String
        /// What JavaScript's own JSON makes of what was read; nil when it was refused.
        let reads: String?
        let isRefused: Bool

        var testDescription: String { name }
    }

    private static func samples(_ direction: String) throws -> [Sample] {
        try WireRecording.values(of: "superjson.json").filter { $0["direction"].text == direction }
            .map { value in
                Sample(
                    name: value["name"].text,
                    versions: value["versions"].list.map(\.text),
                    text: value["text"].text,
                    reads: value["reads"] == .null ? nil : value["reads"].text,
                    isRefused: value["refused"] == true
                )
            }
    }

    private func written(_ datum: Datum) -> String {
        var writer = OutputWriter(.rich)
        writer.datum(datum)
        var out: [UInt8] = []
        SuperJSON.append(writer.finished(), to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// What is read and written again is the same document, but for references, which trees do not have.
    @Test func writesWhatItReads() throws {
        var count = 0
        for sample in try Self.samples("write") {
            // The older version loses what is no number in an array of floats.
            if sample.name == "Float32Array with NaN", sample.versions == ["2.2.2"] { continue }
            let wanted = try #require(Value(json: sample.text))
            let got = try #require(
                Value(json: written(try SuperJSON.read(Datum(json: sample.text.utf8.raw)))),
                "\(sample.name)"
            )
            #expect(got["json"].json == wanted["json"].json, "\(sample.name)")
            // Where older versions do not escape, ours writes as the newer ones do.
            let isOlder = sample.versions == ["2.2.2"]
            if !isOlder { #expect(got["meta"]["values"].json == wanted["meta"]["values"].json, "\(sample.name)") }
            count += 1
        }
        #expect(count == 46)
    }

    @Test func readsAndRefuses() throws {
        for sample in try Self.samples("read") where sample.name != "a key __proto__" || sample.versions == ["2.2.5"] {
            let document = try Datum(json: sample.text.utf8.raw)
            guard !sample.isRefused else {
                #expect(throws: SuperJSON.Unreadable.self, "\(sample.name)") { try SuperJSON.read(document) }
                continue
            }
            let read = try SuperJSON.read(document)
            guard let reads = sample.reads, reads != "undefined" else {
                #expect(read == .absent, "\(sample.name)")
                continue
            }
            guard sample.name != "a reference" else {
                #expect(read.value.json == #"{"a":{"n":1},"b":{"n":1}}"#)
                continue
            }
            #expect(read.value.json == Value(json: reads)?.json, "\(sample.name)")
        }
    }

    @Test func knowsEachKindOfValue() throws {
        let instant = Instant(milliseconds: 1_781_954_400_000)
        let wanted: [(Datum, String)] = [
            (.date(instant), #"{"json":"2026-06-20T11:20:00.000Z","meta":{"values":["Date"]}}"#),
            (.absent, #"{"json":null,"meta":{"values":["undefined"]}}"#),
            (.double(.nan), #"{"json":"NaN","meta":{"values":["number"]}}"#),
            (.double(-0.0), #"{"json":"-0","meta":{"values":["number"]}}"#),
            (
                .rare(.set([.date(instant)])),
                #"{"json":["2026-06-20T11:20:00.000Z"],"meta":{"values":["set",{"0":["Date"]}]}}"#
            ),
            (
                .entries(["a.b": .date(nil), "c\\": .entries(["d": .absent])]),
                #"{"json":{"a.b":null,"c\\":{"d":null}},"meta":{"values":{"c\\\\.d":["undefined"]},"v":1}}"#
            ),
        ]
        for (datum, text) in wanted {
            #expect(written(datum) == text)
            if datum != .double(.nan) {
                let read = try SuperJSON.read(Datum(json: text.utf8.raw))
                #expect(written(read) == text)
            }
        }
    }

    /// Copies of copies would fill the memory.
    @Test func boundsReferences() throws {
        var entries: [(String, Datum)] = [("x40", [1, 1])]
        var references: [(String, Datum)] = []
        for level in (0..<40).reversed() {
            entries.append(("x\(level)", [.null, .null]))
            references.append(("x\(level + 1)", [.text("x\(level).0"), .text("x\(level).1")]))
        }
        func object(_ pairs: [(String, Datum)]) -> Datum {
            .object(Entries(pairs.map { Entries.Entry(key: $0.0, value: $0.1) }))
        }
        let document = object([
            ("json", object(entries)), ("meta", object([("referentialEqualities", object(references))])),
        ])
        #expect(throws: SuperJSON.Unreadable.self) { try SuperJSON.read(document) }
    }
}
