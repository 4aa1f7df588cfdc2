import Foundation
import Testing

@testable import Benchmarks

@Suite struct ThresholdsTests {
    private func thresholds(_ json: String) throws -> Thresholds {
        Thresholds(try JSONDecoder().decode([String: Thresholds.Limit].self, from: Data(json.utf8)))
    }

    private func verdict(_ json: String, _ measurement: Figure) throws -> Bool {
        try thresholds(json).judge([measurement]).allSatisfy(\.pass)
    }

    private let alone = Figure(name: "a", value: 10, unit: "us")
    private let beside = Figure(name: "a", value: 10, unit: "us", rival: .init(name: "b", value: 5))

    @Test func aMeasurementWithoutThresholdPasses() throws {
        #expect(try verdict("{}", alone))
    }

    @Test func valuesAreHeldToBothBounds() throws {
        #expect(try verdict(#"{"a": {"value": {"atLeast": 10, "atMost": 10}}}"#, alone))
        #expect(try !verdict(#"{"a": {"value": {"atLeast": 10.1}}}"#, alone))
        #expect(try !verdict(#"{"a": {"value": {"atMost": 9.9}}}"#, alone))
    }

    @Test func ratiosAreHeldAgainstTheRivalOfTheRun() throws {
        #expect(try verdict(#"{"a / b": {"ratio": {"atLeast": 2}}}"#, beside))
        #expect(try !verdict(#"{"a / b": {"ratio": {"atLeast": 2.1}}}"#, beside))
    }

    @Test func aRatioWithoutARivalIsMissed() throws {
        #expect(try !verdict(#"{"a": {"ratio": {"atLeast": 0}}}"#, alone))
    }

    @Test func aRowThatIsNotMeasuredIsMissed() throws {
        #expect(try !verdict(#"{"a": {}, "gone": {}}"#, alone))
        #expect(try !verdict(#"{"a": {}}"#, beside))
    }

    @Test func noFigureIsGoodEnoughWhenItIsNone() throws {
        #expect(try !verdict(#"{"a": {"value": {"atLeast": 1}}}"#, Figure(name: "a", value: .nan, unit: "us")))
        #expect(try !verdict("{}", Figure(name: "a", value: .infinity, unit: "us")))
        let unmeasured = Figure(name: "a", value: 1, unit: "us", rival: .init(name: "b", value: 0))
        #expect(try !verdict(#"{"a / b": {"ratio": {"atLeast": 2}}}"#, unmeasured))
    }

    /// Each benchmark has its file, and the file names no benchmark that is gone.
    @Test func everyBenchmarkHasThresholds() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appending(path: "Benchmarks/Thresholds").path(percentEncoded: false)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(files) == Set(Benchmark.all.map { "\($0.name).json" }))
        for file in files { _ = try Thresholds(contentsOf: "\(folder)/\(file)") }
    }
}

@Suite struct RowTests {
    @Test func everyKeyIsThere() throws {
        let row = Row(
            name: "a",
            value: 1,
            unit: "us",
            rival: nil,
            rivalValue: nil,
            ratio: nil,
            threshold: nil,
            pass: true
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(row), as: UTF8.self)
        let expected =
            #"{"name":"a","pass":true,"ratio":null,"rival":null,"rivalValue":null,"#
            + #""threshold":null,"unit":"us","value":1}"#
        #expect(text == expected)
    }

    @Test func figuresAreReadAtAGlance() {
        #expect(
            [0.1234, 1.234, 12.34, 123.4, 1234, 1_234_567].map(Table.figure) == [
                "0.123", "1.23", "12.3", "123", "1,234", "1,234,567",
            ]
        )
        #expect([-1234.0, -123].map(Table.figure) == ["-1,234", "-123"])
    }

    @Test func percentilesAreOfTheSortedValues() {
        let values = (1...100).map(Double.init).reversed()
        #expect(Array(values).percentile(0.5) == 51)
        #expect(Array(values).percentile(0.99) == 100)
        #expect([7.0].percentile(1) == 7)
    }

    @Test func argumentsAreRead() throws {
        let arguments = try Arguments(["--only", "ledger", "--seconds", "2.5"])
        #expect(arguments.only == "ledger")
        #expect(arguments.seconds == 2.5)
        for wrong in [["--only"], ["--seconds", "0"], ["--seconds", "x"], ["fast"]] {
            #expect(throws: Failure.self) { try Arguments(wrong) }
        }
    }
}
