package import Basics

/// The body of an event: a map, as canonical CBOR of at most 64 KiB, at most 64 levels deep.
///
/// Compared and hashed as bytes, which is the same as by content, since the encoding is canonical.
package struct Body: Sendable, Hashable {
    /// Why something is no body.
    package enum Invalid: Error, Hashable {
        case malformed(CBORError)
        case notAMap
        case tooLarge(byteCount: Int)
        case tooDeep
        /// Byte strings, NaN, infinities and integers that no double holds: JSON cannot say them.
        case notJSON
    }

    package static let empty = Body(unchecked: [0xA0])

    /// Canonical CBOR of a map.
    package let encoded: [UInt8]

    package init(_ fields: Fields) throws(Invalid) {
        try Self.check(.map(fields), depth: Limits.dataDepth)
        var writer = CBORWriter()
        writer.value(.map(fields))
        guard writer.bytes.count <= Limits.dataBytes else { throw .tooLarge(byteCount: writer.bytes.count) }
        encoded = writer.bytes
    }

    /// Takes bytes that must be canonical.
    package init(canonical: [UInt8]) throws(Invalid) {
        if let fault = Self.fault(in: canonical.raw) { throw fault }
        encoded = canonical
    }

    /// Takes bytes that were just written by one of our encoders.
    package init(unchecked encoded: [UInt8]) { self.encoded = encoded }

    package var isEmpty: Bool { encoded.count == 1 }

    /// The content as a tree.
    package func value() -> Value {
        var reader = CBORReader(encoded.raw)
        // The bytes were canonical when this value was made.
        return (try? reader.value()) ?? .null
    }

    /// The content of the map.
    package var fields: Fields {
        guard case .map(let fields) = value() else { return Fields() }
        return fields
    }

    // MARK: Checks

    private static func fault(in bytes: RawSpan) -> Invalid? {
        guard bytes.byteCount <= Limits.dataBytes else { return .tooLarge(byteCount: bytes.byteCount) }
        var reader = CBORReader(bytes)
        do throws(CBORError) {
            guard try reader.kind() == .map else { return .notAMap }
            try reader.skip(depth: Limits.dataDepth, byteStrings: .refused)
            try reader.finish()
            return nil
        } catch {
            switch error.reason {
            case .tooDeep: return .tooDeep
            case .unexpected(found: .bytes, _), .integerBeyondDouble, .notFinite: return .notJSON
            default: return .malformed(error)
            }
        }
    }

    private static func check(_ value: Value, depth: Int) throws(Invalid) {
        switch value {
        case .null, .bool, .text: break
        case .integer(let integer): guard Value.number(integer) != nil else { throw .notJSON }
        case .double(let double): guard double.isFinite else { throw .notJSON }
        case .bytes: throw .notJSON
        case .array(let values):
            guard depth > 0 else { throw .tooDeep }
            for value in values { try check(value, depth: depth - 1) }
        case .map(let fields):
            guard depth > 0 else { throw .tooDeep }
            for (_, value) in fields { try check(value, depth: depth - 1) }
        }
    }
}
