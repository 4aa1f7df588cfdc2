/// Why bytes are not the JSON that was asked for, and at which byte.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        case truncated
        case trailingBytes
        case unexpectedByte
        case unexpected(found: JSONKind, wanted: JSONKind)
        case malformedLiteral
        case malformedNumber
        case numberBeyondDouble
        case malformedUTF8
        case controlCharacter
        case malformedEscape
        case loneSurrogate
        case duplicateKey
        case tooDeep
        case outOfRange
    }

    package let reason: Reason
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "byte \(offset): \(reason.words)" }
}

/// What a JSON value is.
package enum JSONKind: Sendable, Hashable {
    case object, array, text, number, bool, null
}

extension JSONError.Reason {
    /// The reason as a reader of the refusal meets it.
    package var words: String {
        switch self {
        case .truncated: "the text ends inside a value"
        case .trailingBytes: "something follows the end"
        case .unexpectedByte: "a byte that cannot stand here"
        case .unexpected(let found, let wanted): "found \(found) where \(wanted) belongs"
        case .malformedLiteral: "a word other than true, false and null"
        case .malformedNumber: "a number that JSON does not allow"
        case .numberBeyondDouble: "a number too large for a double"
        case .malformedUTF8: "bytes that are not UTF-8"
        case .controlCharacter: "a control character that is not escaped"
        case .malformedEscape: "an escape that JSON does not allow"
        case .loneSurrogate: "an escaped surrogate without its partner"
        case .duplicateKey: "a key that its object has already"
        case .tooDeep: "values nested too deep"
        case .outOfRange: "a number that is out of range"
        }
    }
}
