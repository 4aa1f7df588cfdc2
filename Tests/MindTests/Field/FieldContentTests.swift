import Basics
import Field
import Model
import Testing

/// What field events say: rounded, without markup, refused with every bad field.
@Suite struct FieldContentTests {
    private func read(_ kind: FieldKind, _ data: [(String, Value)]) throws -> FieldContent {
        try FieldContent.read(kind, try Body(Fields(data)), by: try AgentID("device-0001"))
    }

    private func problems(_ kind: FieldKind, _ data: [(String, Value)]) throws -> [String] {
        do throws(FieldRefusal) {
            _ = try FieldContent.read(kind, try requireBody(data), by: AgentID.unknown)
            return []
        } catch {
            return error.problems.map { "\($0.path) \($0.code.rawValue)" }
        }
    }

    private func requireBody(_ data: [(String, Value)]) throws(FieldRefusal) -> Body {
        do { return try Body(Fields(data)) } catch { return .empty }
    }

    @Test func intensitiesAreRoundedToHundredths() throws {
        for (given, kept) in [(0.4375, 44), (0.005, 1), (0.0049, 0), (0.995, 100), (1, 100), (0.1, 10)] {
            let content = try read(.touch, [("intensity", try #require(Value.number(given)))])
            #expect(content.intensity?.hundredths == Int64(kept))
        }
    }

    @Test func cellsAreFlooredAndPixelsClamped() throws {
        let fraction = try read(.touch, [("intensity", .integer(1)), ("x", .double(29.97)), ("y", .double(0.0004))])
        #expect(try fraction == .touch(.full, requireNotNil(Cell(x: 29, y: 0))))
        let pixels = try read(
            .spiral,
            [("intensity", .integer(1)), ("centerX", .double(411.3)), ("centerY", .double(-3))]
        )
        #expect(try pixels == .spiral(.full, requireNotNil(Cell(x: 29, y: 0))))
        let pair = try read(
            .touch,
            [("intensity", .integer(1)), ("coordinates", .array([.double(3.9), .integer(4)]))]
        )
        #expect(try pair == .touch(.full, requireNotNil(Cell(x: 3, y: 4))))
        #expect(try read(.touch, [("intensity", .integer(1)), ("x", .integer(3))]) == .touch(.full, nil))
    }

    @Test func everyBadFieldIsNamed() throws {
        #expect(try problems(.touch, []) == ["/intensity required"])
        #expect(
            try problems(.touch, [("intensity", .integer(2)), ("x", .integer(30)), ("y", .text("1"))])
                == ["/x out_of_range", "/y wrong_type", "/intensity out_of_range"]
        )
        #expect(try problems(.phrase, [("phrase", .text("</p>"))]) == ["/phrase empty"])
        #expect(try problems(.phrase, [("phrase", .text(String(repeating: "é", count: 201)))]) == ["/phrase too_long"])
        #expect(try problems(.phrase, [("phrase", .text(String(repeating: "é", count: 200)))]) == [])
        #expect(try problems(.spiral, [("intensity", .null)]) == ["/centerX required", "/intensity required"])
        #expect(try problems(.breath, [("breathingPhase", .integer(361))]) == ["/breathingPhase out_of_range"])
        #expect(try problems(.entanglement, [("targetDeviceId", .text("unknown"))]) == ["/targetDeviceId misplaced"])
        #expect(try problems(.offlineSync, [("eventCount", .integer(-1))]) == ["/eventCount out_of_range"])
    }

    @Test func markupGoesAndTextStays() {
        #expect(Markup.stripped("a < b > c") == "a < b > c")
        #expect(Markup.stripped("<b>hi</b> <!-- x -->there") == "hi there")
        #expect(Markup.stripped("<<b>script>x") == "x")
        #expect(Markup.stripped("x<img src=y onerror=z") == "x")
        #expect(Markup.stripped("1<2") == "1<2")
    }

    @Test func aSpiralIsRoundAndFades() throws {
        let body = try Body(Fields([("intensity", .integer(1)), ("x", .integer(15)), ("y", .integer(15))]))
        let head = EventHead(
            Event(agent: .unknown, type: .spiral),
            commit: try #require(ContentHash([UInt8](repeating: 0, count: 32))),
            position: Position(7),
            received: .zero,
            writer: .open
        )
        let salt = try #require(Salt([UInt8](repeating: 0, count: 16)))
        let stored = StoredEvent(head: head, canonical: [], hash: head.commit, content: .open(salt, body))
        let field = try requireNotNil(FieldEvent(stored).flatMap { QuantumField($0) })
        let values = field.values
        #expect(values.filter { $0 > 0 }.count == 36)
        for radius in 1...4 {
            let strength = Double(5 - radius) / 5
            for (x, y) in [(radius, 0), (-radius, 0), (0, radius), (0, -radius)] {
                #expect(values[(15 + y) * 30 + 15 + x] == strength)
            }
        }
        #expect(values[15 * 30 + 15] == 0)
        for y in 0..<30 { for x in 0..<30 where x > 0 { #expect(values[y * 30 + x] == values[x * 30 + y]) } }
    }
}
