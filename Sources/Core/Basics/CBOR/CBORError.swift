/// Why bytes are not the CBOR that was asked for, and at which byte.
package struct CBORError: Error, Hashable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        case truncated
        case trailingBytes
        case unexpected(found: CBORKind, wanted: CBORKind)
        case indefiniteLength
        case tag
        case reserved
        case malformedText
        case keyIsNoText
        case duplicateKey
        case keyOutOfOrder
        case notShortest
        case notFinite
        case notSimple
        case integerBeyondDouble
        case outOfRange
        case tooDeep
        case tooLarge
        /// Well-formed, but not what belongs there.
        case misplaced
    }

    package let reason: Reason
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "byte \(offset): \(reason.words)" }
}

/// What a CBOR data item is.
package enum CBORKind: Sendable, Hashable {
    case integer, bytes, text, array, map, tag, bool, null, double, simple
}

extension CBORError.Reason {
    /// The reason as a reader of the refusal meets it.
    package var words: String {
        switch self {
        case .truncated: "the bytes end inside an item"
        case .trailingBytes: "something follows the end"
        case .unexpected(let found, let wanted): "found \(found) where \(wanted) belongs"
        case .indefiniteLength: "an item of indefinite length; only definite lengths are read"
        case .tag: "a tag; tags are not read"
        case .reserved: "a reserved form"
        case .malformedText: "a text that is not UTF-8"
        case .keyIsNoText: "a key that is no text"
        case .duplicateKey: "a key that its map has already"
        case .keyOutOfOrder: "a key that is out of order"
        case .notShortest: "a number or length that is not in its shortest form"
        case .notFinite: "a number that is not finite"
        case .notSimple: "a simple value other than false, true and null"
        case .integerBeyondDouble: "an integer that no double holds"
        case .outOfRange: "a number that is out of range"
        case .tooDeep: "values nested too deep"
        case .tooLarge: "more bytes than are allowed"
        case .misplaced: "content that does not belong there"
        }
    }
}
