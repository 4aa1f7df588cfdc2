import Basics
import Model
import NetDriver
import TestSupport
import Testing

@testable import Web

/// Queries: what is read, and that everything that is wrong is told at once.
@Suite struct QueryParametersTests {
    private func read<Result>(_ query: String, _ body: (inout QueryParameters) throws -> Result) throws -> Result {
        try RequestText("GET", "/?" + query).read { request in
            var parameters = QueryParameters(request)
            return try body(&parameters)
        }
    }

    private func faults(_ query: String, _ take: (inout QueryParameters) -> Void = { _ in }) throws -> [String] {
        try read(query) { parameters in
            take(&parameters)
            do throws(Problem) {
                try parameters.finish()
                return []
            } catch {
                #expect(error.status == .unprocessable)
                return error.faults.map { "\($0.path) \($0.code)" }
            }
        }
    }

    @Test func readsTexts() throws {
        let wanted = [
            ("x=a", "a"), ("x=", ""), ("x", ""), ("x=a=b", "a=b"), ("x=a+b", "a b"), ("x=%2B", "+"),
            ("x=%41%c3%A4", "A\u{E4}"),
            ("y=1&x=2", "2"), ("&&x=3&", "3"), ("%78=4", "4"), ("x=a%26b", "a&b"),
        ]
        for (query, text) in wanted { #expect(try read(query) { $0.text("x") } == text, "\(query)") }
        #expect(try read("y=1") { $0.text("x") } == nil)
        #expect(
            try RequestText("GET", "/").read { request in
                var parameters = QueryParameters(request)
                return parameters.text("x")
            } == nil
        )
    }

    @Test func readsIntegers() throws {
        for (text, number) in [("0", 0), ("-1", -1), ("007", 7), ("10", 10)] as [(String, Int64)] {
            #expect(try read("x=\(text)") { $0.integer("x", in: -1...10) } == number)
        }
        for bad in ["", "-", "1.0", "1e3", "0x1", "%2B1", "9999999999999999999", "--1", "1%20", "\u{661}".percent] {
            #expect(try faults("x=\(bad)") { _ = $0.integer("x", in: -1...10) } == ["/x wrong_type"], "\(bad)")
        }
        for far in ["11", "-2", "999999999999999999"] {
            #expect(try faults("x=\(far)") { _ = $0.integer("x", in: -1...10) } == ["/x out_of_range"], "\(far)")
        }
    }

    @Test func readsNames() throws {
        let names: [AgentID] = try read("x=a&x=b%20c&y=d") { $0.names("x") }
        #expect(names.map(\.text) == ["a", "b c"])
        #expect(try faults("x=&x=%00") { let _: [AgentID] = $0.names("x") } == ["/x empty", "/x control_character"])
        let many = (0..<65).map { "x=\($0)" }.joined(separator: "&")
        #expect(try faults(many) { let _: [AgentID] = $0.names("x") } == ["/x too_many"])
    }

    @Test func tellsEverythingAtOnce() throws {
        let found = try faults("a=x&b=1&b=2&c=9&zz=%zz&%ff=1&a~/b=1") { parameters in
            _ = parameters.integer("a", in: 0...1)
            _ = parameters.text("b")
            _ = parameters.integer("c", in: 0...1)
        }
        #expect(
            found.sorted()
                == [
                    "/a wrong_type", "/a~0~1b unknown_field", "/b too_many", "/c out_of_range", "/zz bad_character",
                    "/\u{FFFD} bad_character".replacingInvalid,
                ].sorted()
        )
    }

    /// Whatever is escaped comes back as it was.
    @Test func undoesEscapes() throws {
        var random = SeededRandom(seed: 5)
        for _ in 0..<300 {
            let scalars = (0..<random.below(20)).compactMap { _ in Unicode.Scalar(UInt32(random.below(0x1_1000))) }
            let text = String(String.UnicodeScalarView(scalars))
            #expect(try read("x=\(text.percent)") { $0.text("x") }?.hasSameBytes(as: text) == true)
        }
    }
}

extension String {
    /// Every byte as an escape.
    fileprivate var percent: String { utf8.map { "%" + Hex.text([$0]) }.joined() }

    fileprivate var replacingInvalid: String { self == "/\u{FFFD} bad_character" ? "/%ff bad_character" : self }
}
