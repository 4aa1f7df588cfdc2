package import Basics

/// What a collection keeps: an identifier, vectors by name, and a payload.
package struct Point: Sendable, Hashable {
    package let id: PointID
    package let vectors: [String: Query]
    package let payload: Value

    package init(id: PointID, vectors: [String: Query], payload: Value = .map(Fields())) {
        self.id = id
        self.vectors = vectors
        self.payload = payload
    }
}

/// Why a point or a query does not fit a collection.
package enum CollectionFault: Error, Sendable, Hashable {
    case unknownVector(String)
    case wrongDimension(name: String, expected: Int, found: Int)
    /// NaN or infinite.
    case notFinite(name: String)
    /// Numbers where bits belong, or the reverse.
    case wrongKind(name: String)
}

extension CollectionShape {
    /// Refuses a vector of the empty name that does not fit.
    package func check(_ query: Query, name: String = "") throws(CollectionFault) {
        guard let vector = vectors[name] else { throw .unknownVector(name) }
        _ = try vector.prepared(query, name: name)
    }
}

extension CollectionShape.Vector {
    /// A query as the metric compares it.
    func prepared(_ query: Query, name: String) throws(CollectionFault) -> Query {
        switch (query, metric) {
        case (.bits(let bits), .hamming):
            guard bits.count == (dimension + 7) / 8 else {
                throw .wrongDimension(name: name, expected: dimension, found: bits.count * 8)
            }
            return query
        case (.numbers, .hamming), (.bits, _): throw .wrongKind(name: name)
        case (.numbers(let numbers), _):
            guard numbers.count == dimension else {
                throw .wrongDimension(name: name, expected: dimension, found: numbers.count)
            }
            guard numbers.allSatisfy(\.isFinite) else { throw .notFinite(name: name) }
            guard metric == .cosine else { return query }
            let length = numbers.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
            return length > 0 ? .numbers(numbers.map { $0 / length }) : query
        }
    }
}
