internal import Basics

/// How the numbers of a vector become what a graph is built and walked over.
package enum Quantizer: Sendable, Hashable {
    /// A byte a number.
    case bytes(ScalarQuantizer)
    /// A bit a number: whether it is above the centre of all.
    case bits(centre: [Float])

    /// What a collection asks for.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case bytes
        /// A thirty-second of the numbers' memory; finds less, so that more is measured again. For long vectors.
        case bits
    }

    init(_ kind: Kind, of rows: Rows, count: Int, metric: Metric) {
        let scalar = ScalarQuantizer(of: rows, count: count, metric: metric)
        switch kind {
        case .bytes: self = .bytes(scalar)
        case .bits: self = .bits(centre: scalar.centre)
        }
    }

    var element: Rows.Element {
        switch self {
        case .bytes: .byte
        case .bits: .bit
        }
    }

    func measure(_ metric: Metric) -> Measure {
        switch self {
        case .bytes: metric.byteMeasure
        case .bits: .bits
        }
    }

    /// How many times more rows than for bytes are measured again.
    var coarseness: Int {
        switch self {
        case .bytes: 1
        case .bits: 4
        }
    }

    /// The row of a vector, without its filling.
    func encode(_ values: [Float]) -> [UInt8] {
        switch self {
        case .bytes(let scalar):
            let encoded = scalar.encode(values)
            return encoded.raw.copy
        case .bits(let centre):
            precondition(values.count == centre.count, "a row has as many numbers as its centre")
            var bits = [UInt8](repeating: 0, count: (values.count + 7) / 8)
            for place in values.indices where values[place] > centre[place] {
                bits[place >> 3] |= 1 << UInt8(place & 7)
            }
            return bits
        }
    }
}
