import Basics
import TestSupport
import Testing

@testable import Web

/// `traceparent`: what is taken, what is as if it were not there, and the next step.
@Suite struct TraceContextTests {
    private static let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func read(_ text: String) -> TraceContext? { TraceContext(text.utf8.raw) }

    @Test func reads() throws {
        let found = try #require(read(Self.good))
        #expect(String(decoding: found.trace, as: UTF8.self) == "0af7651916cd43dd8448eb211c80319c")
        #expect(String(decoding: found.span, as: UTF8.self) == "b7ad6b7169203331")
        #expect(found.isSampled)
        #expect(String(decoding: found.header, as: UTF8.self) == Self.good)
        #expect(read(Self.good.dropLast() + "0")?.isSampled == false)
        #expect(read(Self.good.dropLast(2) + "ff")?.isSampled == true)
        #expect(read("cc" + Self.good.dropFirst(2)) != nil, "a newer version")
        #expect(read("cc" + Self.good.dropFirst(2) + "-more") != nil)
    }

    @Test func ignoresWhatIsMalformed() {
        let zeroTrace = "00-" + String(repeating: "0", count: 32) + "-b7ad6b7169203331-01"
        let zeroSpan = "00-0af7651916cd43dd8448eb211c80319c-" + String(repeating: "0", count: 16) + "-01"
        let malformed = [
            "", "00", Self.good + "-", Self.good + "x", "ff" + Self.good.dropFirst(2), "0g" + Self.good.dropFirst(2),
            Self.good.uppercased(), zeroTrace, zeroSpan, "cc" + Self.good.dropFirst(2) + "more",
        ]
        for text in malformed { #expect(read(text) == nil, "\(text)") }
    }

    /// No byte of it can be anything else than it is: each other value is refused, or is read as another trace.
    @Test func everyByteCounts() throws {
        let good = Array(Self.good.utf8)
        let known = try #require(read(Self.good))
        for index in good.indices {
            for byte in UInt8.min...UInt8.max where byte != good[index] {
                var changed = good
                changed[index] = byte
                guard let found = TraceContext(changed.raw) else { continue }
                #expect(index < 2 || index == 53 || found != known || index == 54, "\(index) \(byte)")
            }
        }
    }

    @Test func stepsOn() throws {
        let parent = try #require(read(Self.good))
        var spans: Set<[UInt8]> = [parent.span]
        for number in 0..<1000 as Range<UInt64> {
            let child = parent.child(number)
            #expect(child.trace == parent.trace)
            #expect(child.isSampled)
            let sent = String(decoding: child.header, as: UTF8.self)
            #expect(read(sent) == child, "what is sent on can be read")
            spans.insert(child.span)
        }
        #expect(spans.count == 1001)
    }
}

/// Names of requests.
@Suite struct RequestNamesTests {
    private func isName(_ text: String) -> Bool { RequestNames.isName(text.utf8.raw) }

    @Test func takesVisibleNamesOnly() {
        for good in ["a", "!~", String(repeating: "x", count: 128)] { #expect(isName(good)) }
        for bad in ["", "a b", "a\t", "\u{7F}", "\u{E4}", String(repeating: "x", count: 129)] {
            #expect(!isName(bad))
        }
    }

    @Test func differFromProcessToProcess() {
        let one = RequestNames(randomness: SeededRandomness(seed: 1))
        let other = RequestNames(randomness: SeededRandomness(seed: 2))
        let names = (0..<100).flatMap { _ in [one.next().text, other.next().text] }
        #expect(Set(names).count == 200)
    }
}
