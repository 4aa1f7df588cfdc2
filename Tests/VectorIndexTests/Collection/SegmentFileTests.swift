import Basics
import TestSupport
import Testing
import VectorIndex

/// A segment's file: it opens as what was written, and any damage is told.
@Suite struct SegmentFileTests {
    @Test(arguments: [Metric.cosine, .euclid, .hamming])
    func opensAsItWasWritten(_ metric: Metric) throws {
        var random = SeededRandom(seed: 51)
        let (segment, shape) = try segment(metric, &random)
        let file = WrittenFile(segment)
        for check in [Segment.FileCheck.ends, .everything] {
            let opened = try Segment(file, shape: shape, check)
            #expect(opened.count == segment.count)
            for row in 0..<segment.count { #expect(opened.point(row) == segment.point(row)) }
            #expect(WrittenFile(opened).bytes == file.bytes)
        }
    }

    /// A file that was cut anywhere is refused.
    @Test func tellsWhereItWasCut() throws {
        var random = SeededRandom(seed: 52)
        let (segment, shape) = try segment(.euclid, &random)
        let bytes = WrittenFile(segment).bytes
        var cuts = Array(0..<64) + Array(bytes.count - 200..<bytes.count)
        for _ in 0..<100 { cuts.append(random.below(bytes.count)) }
        for cut in cuts {
            #expect(throws: SegmentFault.self) { try Segment(WrittenFile(bytes: Array(bytes[..<cut])), shape: shape) }
        }
    }

    /// A byte that changed anywhere is told by the full check, and never makes the quick one crash.
    @Test func tellsDamage() throws {
        var random = SeededRandom(seed: 53)
        let (segment, shape) = try segment(.cosine, &random)
        let written = WrittenFile(segment).bytes
        for _ in 0..<300 {
            var bytes = written
            let place = random.chance(300) ? bytes.count - 1 - random.below(700) : random.below(bytes.count)
            bytes[place] ^= UInt8(1 << random.below(8))
            do {
                let opened = try Segment(WrittenFile(bytes: bytes), shape: shape, .everything)
                // Only the filling between parts is of no account.
                #expect(WrittenFile(opened).bytes == written, "byte \(place)")
            } catch {}
        }
    }

    private func segment(_ metric: Metric, _ random: inout SeededRandom) throws -> (Segment, CollectionShape) {
        let dimension = metric == .hamming ? 100 : 12
        let shape = CollectionShape(
            vectors: ["": .init(metric: metric, dimension: dimension), "é": .init(metric: .dot, dimension: 3)],
            fields: [.init(path: try #require(PayloadPath("n")), kind: .integer)],
            graph: GraphShape(degree: 6, breadth: 20, seed: 9),
            graphLeast: 20
        )
        var points: [Point] = []
        for number in 0..<120 {
            let id = number % 3 == 0 ? PointID.uuid(high: random.next(), low: random.next()) : .number(random.next())
            var vectors: [String: Query] = [:]
            if metric == .hamming {
                vectors[""] = .bits(random.bytes(13))
            } else {
                let vector = random.vector(dimension)
                vectors[""] = .numbers(metric == .cosine ? vector.unit : vector)
            }
            if random.chance(500) { vectors["é"] = .numbers(random.vector(3)) }
            points.append(
                Point(id: id, vectors: vectors, payload: ["n": .integer(Int64(number)), "t": .text("ü\(number)")])
            )
        }
        return (Segment(points, shape: shape), shape)
    }
}

/// A file in memory, at a place that does not move.
@safe final class WrittenFile: MappedBytes, @unchecked Sendable {
    let bytes: [UInt8]
    private let copy: UnsafeMutableRawBufferPointer

    init(bytes: [UInt8]) {
        self.bytes = bytes
        unsafe copy = .allocate(byteCount: bytes.count + 1, alignment: 4096)
        unsafe copy.copyBytes(from: bytes)
    }

    convenience init(_ segment: Segment) {
        var bytes: [UInt8] = []
        segment.write { bytes.append($0) }
        self.init(bytes: bytes)
    }

    deinit { unsafe copy.deallocate() }

    func withBytes<Result>(_ body: (borrowing RawSpan) -> Result) -> Result {
        let whole = unsafe UnsafeRawBufferPointer(rebasing: copy[..<bytes.count])
        return unsafe body(whole.bytes)
    }
}
