import Basics
import Model
import TestSupport
import Testing

@testable import EventsDoor
@testable import NetDriver
@testable import Web

/// Refusals as documents, and the numbers behind them.
@Suite struct ProblemTests {
    private func document(_ problem: Problem) throws -> Value {
        var reader = JSONReader(problem.json(instance: "/a\"b", name: "n").raw)
        let value = try reader.value()
        try reader.finish()
        return value
    }

    @Test func saysEverything() throws {
        let faults = (0..<150).map { Problem.Fault(path: "/\($0)/a~1b", code: "c", message: "\u{1F600}\n\"") }
        var problem = Problem(.gone, "gone", "Gone \u{0}.", faults: faults, extra: .number("first", 7))
        guard case .map(let fields) = try document(problem) else {
            Issue.record("it is an object")
            return
        }
        #expect(fields["type"] == .text("urn:prima:problem:gone"))
        #expect(fields["title"] == .text("Gone"))
        #expect(fields["status"] == .integer(410))
        #expect(fields["detail"] == .text("Gone \u{0}."))
        #expect(fields["instance"] == .text("/a\"b"))
        #expect(fields["requestId"] == .text("n"))
        #expect(fields["first"] == .integer(7))
        guard case .array(let errors)? = fields["errors"] else {
            Issue.record("there are errors")
            return
        }
        #expect(errors.count == 100)
        let last = Value.map(
            Fields(unique: [("path", .text("/99/a~1b")), ("code", .text("c")), ("message", .text("\u{1F600}\n\""))])
        )
        #expect(errors[99] == last)
        problem.extra = .flag("uncertain")
        guard case .map(let flagged) = try document(problem) else { return }
        #expect(flagged["uncertain"] == .bool(true))
    }

    @Test func saysItsFieldsInTheHead() {
        let response = Problem(.unavailable, "x", "y").retried(afterSeconds: 9).response(
            instance: "/",
            name: "n",
            .here
        )
        let lines = String(decoding: response.fields.lines, as: UTF8.self)
        for line in [
            "Content-Type: application/problem+json", "Retry-After: 9", "Cache-Control: no-store", "X-Request-Id: n",
        ] {
            #expect(lines.contains(line + "\r\n"))
        }
    }

    @Test func everyListedStatusHasItsWords() {
        for code in [400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 413, 415, 417, 422, 429, 431, 501, 503, 505]
            as [UInt16]
        {
            #expect("\(HTTPStatus(code).reason)" != "", "\(code)")
        }
    }
}

/// Pointers into what was sent.
@Suite struct AppendShapeTests {
    @Test func pointsIntoTheBody() {
        func pointer(_ body: String, _ format: EventReader.Format, _ index: Int = 0, count: Int = 1) -> String {
            AppendShape(body.utf8.raw, format, count: count).pointer(index, "x")
        }
        #expect(pointer("{}", .json) == "/x")
        #expect(pointer(" \r\n\t{}", .json) == "/x")
        #expect(pointer("\n [{},{}]", .json, 1, count: 2) == "/1/x")
        #expect(pointer("{}\n{}", .jsonLines, 1, count: 2) == "/1/x")
        #expect(pointer("\n\n{}\n \r\n{}\n", .jsonLines, 0, count: 2) == "/2/x")
        #expect(pointer("\n\n{}\n \r\n{}\n", .jsonLines, 1, count: 2) == "/4/x")
        #expect(AppendShape([0xA0].raw, .cbor, count: 1).pointer(0, "x") == "/x")
        #expect(AppendShape([0x81, 0xA0].raw, .cbor, count: 1).pointer(0, "x") == "/0/x")
    }
}

/// Counts of answers.
@Suite struct RouteMetricsTests {
    private func record(_ route: UInt16, _ status: UInt16, _ nanoseconds: Int64, _ sent: Int = 0) -> ExchangeRecord {
        ExchangeRecord(route: route, status: HTTPStatus(status), nanoseconds: nanoseconds, sent: sent, note: nil)
    }

    private func page(_ metrics: RouteMetrics, _ format: MetricsPage.Format = .prometheus) -> String {
        var page = MetricsPage(format)
        metrics.write(into: &page)
        return String(decoding: page.finished(), as: UTF8.self)
    }

    @Test func countsByRouteAndStatus() {
        let metrics = RouteMetrics([("one", .get), ("two", .post)])
        metrics.note(record(1, 200, 1, 10))
        metrics.note(record(1, 204, 1, 5))
        metrics.note(record(2, 503, 1))
        metrics.note(record(0, 404, 1))
        metrics.note(record(99, 404, 1))
        let text = page(metrics)
        for line in [
            "prima_http_requests_total{route=\"one\",method=\"GET\",status=\"2xx\"} 2",
            "prima_http_requests_total{route=\"two\",method=\"POST\",status=\"5xx\"} 1",
            "prima_http_requests_total{route=\"none\",method=\"none\",status=\"4xx\"} 1",
            "prima_http_sent_bytes_total{route=\"one\",method=\"GET\"} 15",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        #expect(text.contains("# TYPE prima_http_requests_total counter\n"))
        #expect(page(metrics, .openMetrics).contains("# TYPE prima_http_requests counter\n"))
        #expect(page(metrics, .openMetrics).hasSuffix("# EOF\n"))
    }

    /// Buckets are cumulative, hold their upper bound, and the last one is the count; sums are exact.
    @Test func histogramsAddUp() {
        var random = SeededRandom(seed: 21)
        let metrics = RouteMetrics([("one", .get)])
        var times = RouteMetrics.bounds + RouteMetrics.bounds.map { $0 + 1 }
        for _ in 0..<500 { times.append(Int64(random.below(20_000_000_000))) }
        for time in times { metrics.note(record(1, 200, time)) }
        let text = page(metrics)
        for (bound, label) in zip(RouteMetrics.bounds, RouteMetrics.labels) {
            let count = times.count { $0 <= bound }
            #expect(
                text.contains(
                    "prima_http_request_seconds_bucket{route=\"one\",method=\"GET\",le=\"\(label)\"} \(count)\n"
                )
            )
            #expect(Double("\(label)") == Double(bound) / 1e9)
        }
        #expect(text.contains("{route=\"one\",method=\"GET\",le=\"+Inf\"} \(times.count)\n"))
        let sum = times.reduce(0, +)
        let rest = String(1_000_000_000 + sum % 1_000_000_000).dropFirst()
        #expect(
            text.contains(
                "prima_http_request_seconds_sum{route=\"one\",method=\"GET\"} \(sum / 1_000_000_000).\(rest)\n"
            )
        )
        #expect(text.contains("prima_http_request_seconds_count{route=\"one\",method=\"GET\"} \(times.count)\n"))
    }
}
