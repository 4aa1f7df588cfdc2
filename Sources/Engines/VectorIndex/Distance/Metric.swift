/// How vectors are compared.
package enum Metric: String, Sendable, Hashable, CaseIterable {
    /// The cosine of the angle; vectors are kept at length one.
    case cosine
    /// The inner product.
    case dot
    case euclid
    case manhattan
    /// Bits that differ.
    case hamming

    /// Whether a higher score is a better one.
    package var order: Order {
        switch self {
        case .cosine, .dot: .descending
        case .euclid, .manhattan, .hamming: .ascending
        }
    }

    package enum Order: Sendable { case ascending, descending }

    /// Between rows as they are kept.
    package var measure: Measure {
        switch self {
        case .cosine, .dot: .floatDot
        case .euclid: .floatSquare
        case .manhattan: .floatSum
        case .hamming: .bits
        }
    }

    /// Between their bytes.
    ///
    /// The angle between vectors of length one orders them as their distance does, which does not change when the
    /// centre of all is taken from each.
    var byteMeasure: Measure {
        switch self {
        case .cosine, .euclid: .byteSquare
        case .dot: .byteDot
        case .manhattan: .byteSum
        case .hamming: .bits
        }
    }

    /// What a caller sees for a distance between rows.
    package func score(_ distance: Float) -> Float {
        switch self {
        case .cosine, .dot: -distance
        case .euclid: distance.squareRoot()
        case .manhattan, .hamming: distance
        }
    }
}
