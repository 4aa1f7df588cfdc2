internal import Basics

/// What happens to a collection.
package enum Change: Sendable, Hashable {
    /// A point, in place of the one with its identifier if there is one.
    case put(Point)
    case delete(PointID)
}

extension Change {
    /// For the journal: an identifier, and for a put the vectors and the payload.
    var document: Value {
        switch self {
        case .delete(let id): return .array([.bytes(id.bytes)])
        case .put(let point):
            let vectors = point.vectors.map { name, query -> (String, Value) in
                switch query {
                case .bits(let bits): return (name, .bytes(bits))
                case .numbers(let numbers): return (name, .bytes(numbers.raw.copy))
                }
            }
            return .array([.bytes(point.id.bytes), .map(Fields(unique: vectors)), point.payload])
        }
    }

    /// Nil when the document is none.
    init?(_ document: Value, shape: CollectionShape) {
        guard case .array(let parts) = document, case .bytes(let bytes)? = parts.first, let id = PointID(bytes: bytes)
        else { return nil }
        guard parts.count > 1 else {
            self = .delete(id)
            return
        }
        guard parts.count == 3, case .map(let fields) = parts[1] else { return nil }
        var vectors: [String: Query] = [:]
        for (name, value) in fields {
            guard let vector = shape.vectors[name], case .bytes(let bytes) = value else { return nil }
            if vector.metric == .hamming {
                vectors[name] = .bits(bytes)
            } else {
                let count = bytes.count / 4
                vectors[name] = .numbers((0..<count).map { Float(bitPattern: bytes.integer(at: $0 * 4)) })
            }
        }
        self = .put(Point(id: id, vectors: vectors, payload: parts[2]))
    }
}

extension PointID {
    /// Eight bytes for a number, sixteen for a UUID.
    fileprivate var bytes: [UInt8] {
        var bytes: [UInt8] = []
        switch self {
        case .number(let number): bytes.append(littleEndian: number)
        case .uuid(let high, let low):
            bytes.append(littleEndian: high)
            bytes.append(littleEndian: low)
        }
        return bytes
    }

    fileprivate init?(bytes: [UInt8]) {
        switch bytes.count {
        case 8: self = .number(bytes.integer(at: 0))
        case 16: self = .uuid(high: bytes.integer(at: 0), low: bytes.integer(at: 8))
        default: return nil
        }
    }
}
