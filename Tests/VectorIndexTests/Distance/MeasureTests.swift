import Basics
import TestSupport
import Testing
import VectorIndex

/// Distances by every path, against the definition: the same bits everywhere.
@Suite struct MeasureTests {
    @Test(arguments: Measure.allCases)
    func pathsAgree(_ measure: Measure) throws {
        var random = SeededRandom(seed: 11)
        for dimension in [1, 2, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 96, 100, 127, 128, 200, 384, 768, 1536] {
            let rows = random.rows(measure.element, dimension: dimension, count: 20)
            let portable = try #require(measure.distances(from: 3, in: rows, count: 20, by: .portable))
            for path in Measure.Path.allCases {
                guard let other = measure.distances(from: 3, in: rows, count: 20, by: path) else { continue }
                #expect(other.map(\.bitPattern) == portable.map(\.bitPattern), "\(path), \(dimension)")
            }
            for (number, distance) in portable.enumerated() {
                let expected = definition(measure, rows, 3, number)
                #expect(abs(Double(distance) - expected) <= 1e-4 * Swift.max(1, abs(expected)))
            }
        }
    }

    /// This machine must not silently test the portable path only.
    @Test func hasAWidePathWhereTheSuiteRuns() {
        var random = SeededRandom(seed: 12)
        let rows = random.rows(.float, dimension: 8, count: 2)
        #if arch(x86_64)
        #expect(Measure.floatDot.distances(from: 0, in: rows, count: 2, by: .avx2) != nil)
        #elseif arch(arm64)
        #expect(Measure.floatDot.distances(from: 0, in: rows, count: 2, by: .neon) != nil)
        #endif
    }

    /// The worst that bytes can add up to stays exact.
    @Test func extremesDoNotOverflow() throws {
        let dimension = 16_384
        let rows = Rows(.byte, dimension: dimension)
        rows.set(0, to: [UInt8](repeating: UInt8(bitPattern: -127), count: dimension).raw)
        rows.set(1, to: [UInt8](repeating: 127, count: dimension).raw)
        for path in Measure.Path.allCases {
            let square = Measure.byteSquare.distances(from: 0, in: rows, count: 2, by: path) ?? [0, 1_057_030_144]
            #expect(square == [0, 1_057_030_144])
            let dot = Measure.byteDot.distances(from: 0, in: rows, count: 2, by: path) ?? [-264_257_536, 264_257_536]
            #expect(dot == [-264_257_536, 264_257_536])
        }
    }

    private func definition(_ measure: Measure, _ rows: Rows, _ one: Int, _ other: Int) -> Double {
        func terms(_ values: (Int) -> [Double], _ term: (Double, Double) -> Double) -> Double {
            zip(values(one), values(other)).reduce(0) { $0 + term($1.0, $1.1) }
        }
        func floats(_ row: Int) -> [Double] { rows.floats(row).map(Double.init) }
        func bytes(_ row: Int) -> [Double] { rows.padded(row).map { Double(Int8(bitPattern: $0)) } }
        switch measure {
        case .floatSquare: return terms(floats) { ($0 - $1) * ($0 - $1) }
        case .floatDot: return -terms(floats) { $0 * $1 }
        case .floatSum: return terms(floats) { abs($0 - $1) }
        case .byteSquare: return terms(bytes) { ($0 - $1) * ($0 - $1) }
        case .byteDot: return -terms(bytes) { $0 * $1 }
        case .byteSum: return terms(bytes) { abs($0 - $1) }
        case .bits:
            return zip(rows.padded(one), rows.padded(other)).reduce(0) { $0 + Double(($1.0 ^ $1.1).nonzeroBitCount) }
        }
    }
}

extension SeededRandom {
    /// About normal: twelve uniform numbers.
    mutating func normal() -> Float {
        var sum: Float = -6
        for _ in 0..<12 { sum += Float(next() >> 40) / Float(1 << 24) }
        return sum
    }

    mutating func vector(_ dimension: Int) -> [Float] { (0..<dimension).map { _ in normal() } }

    mutating func rows(_ element: Rows.Element, dimension: Int, count: Int) -> Rows {
        let rows = Rows(element, dimension: dimension)
        for number in 0..<count {
            switch element {
            case .float: rows.set(number, to: vector(dimension))
            case .byte:
                let bytes = bytes(dimension).map { $0 == 0x80 ? 0 : $0 }
                rows.set(number, to: bytes.raw)
            case .bit:
                let bytes = bytes((dimension + 7) / 8)
                rows.set(number, to: bytes.raw)
            }
        }
        return rows
    }

    /// Points around centres, as real ones are.
    mutating func clusters(_ count: Int, of dimension: Int, centres: Int, spread: Float) -> [[Float]] {
        let middles = (0..<centres).map { _ in vector(dimension) }
        return (0..<count).map { _ in
            let middle = middles[below(centres)]
            return middle.map { $0 + spread * normal() }
        }
    }
}
