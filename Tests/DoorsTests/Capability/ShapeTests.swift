import Basics
import Capability
import Model
import TestSupport
import Testing

/// What shapes parse, what they refuse, and that they write what they read.
@Suite struct ShapeTests {
    private enum Platform: String, CaseIterable, Sendable { case ios, android, web }

    private struct Sample: Sendable {
        let name: String
        let strength: Intensity
        let x: Double?
        let platform: Platform
        let tags: [String]
        let note: String?

        static let shape = Shape.object(
            Sample.init,
            Field("name", \.name, .text(length: 1...5), "What it is called."),
            Field.assumed("strength", \.strength, .unit, .full, "How strong it is."),
            Field.optional("x", \.x, .number(in: 0..<30)),
            Field("platform", \.platform, .choice),
            Field.assumed("tags", \.tags, .list(of: .text(length: 1...3), count: 0...2), []),
            Field("note", \.note, .nullable(.text))
        )
    }

    private func faults(_ datum: Datum) -> [String] {
        do throws(Refusal) {
            _ = try Sample.shape.parse(datum)
            return []
        } catch {
            return error.faults.map { "\($0.place) \($0.code.rawValue)" }
        }
    }

    @Test func parsesWhatFits() throws {
        let sample = try Sample.shape.parse(
            .entries(["name": "a", "platform": "web", "note": .null, "unheard-of": 1, "x": 29.5])
        )
        #expect(sample.name == "a")
        #expect(sample.strength == .full)
        #expect(sample.x == 29.5)
        #expect(sample.platform == .web)
        #expect(sample.note == nil)
        #expect(sample.tags == [])
    }

    @Test func namesEveryBadFieldAtOnce() {
        #expect(
            faults(
                .entries([
                    "name": "too long", "strength": 1.5, "x": 30, "platform": "desk", "tags": ["a", 3, "long"],
                ])
            ) == [
                "name too_big", "strength too_big", "x too_big", "platform invalid_value", "tags too_big",
                "note invalid_type",
            ]
        )
        #expect(
            faults(.entries(["name": 1, "x": -0.5, "platform": 2, "tags": ["a", 3], "note": .null, "strength": -1]))
                == [
                    "name invalid_type", "strength too_small", "x too_small", "platform invalid_value",
                    "tags[1] invalid_type",
                ]
        )
        #expect(faults(.null) == ["the input invalid_type"])
        #expect(faults(.absent) == ["the input invalid_type"])
    }

    @Test func readsAnAbsentObjectWhereNothingIsRequired() throws {
        struct Page: Sendable {
            let limit: Int64
            static let shape = Shape.object(Page.init, Field.assumed("limit", \.limit, .integer(in: 1...9), 5))
        }
        #expect(try Page.shape.parse(.absent).limit == 5)
        #expect(throws: Refusal.self) { try Page.shape.parse(.null) }
    }

    @Test func writesWhatItReads() throws {
        let text = #"{"name":"b","strength":0.5,"platform":"ios","tags":["x","y"],"note":"n"}"#
        let sample = try Sample.shape.parse(Datum(json: text.utf8.raw))
        var writer = OutputWriter(.plain)
        Sample.shape.write(sample, &writer)
        #expect(String(decoding: writer.finished().json, as: UTF8.self) == text)
    }

    @Test func saysItsSchema() {
        let properties = Sample.shape.schema.properties
        #expect(properties.map(\.name) == ["name", "strength", "x", "platform", "tags", "note"])
        #expect(properties[0].presence == .required)
        #expect(properties[1].presence == .assumed(1))
        #expect(properties[2].presence == .optional)
        #expect(properties[3].schema == .choice(["ios", "android", "web"]))
        #expect(properties[2].schema == .number(.init(least: .including(0), most: .excluding(30))))
    }

    @Test func takesTheFirstVariantThatFits() throws {
        enum When: Sendable, Equatable {
            case position(Position)
            case time(Instant)
            static let shape = Shape<When>.union(
                Variant(
                    .position,
                    whole: { .position($0) },
                    part: { if case .position(let p) = $0 { p } else { nil } }
                ),
                Variant(.instant, whole: { .time($0) }, part: { if case .time(let t) = $0 { t } else { nil } })
            )
        }
        #expect(try When.shape.parse(7) == .position(Position(7)))
        #expect(try When.shape.parse("1970-01-01T00:00:01Z") == .time(Instant(milliseconds: 1000)))
        #expect(throws: Refusal.self) { try When.shape.parse("soon") }
        #expect(throws: Refusal.self) { try When.shape.parse(-1) }
    }
}
