/// A name that somebody outside chose: 1 to `maximumScalarCount` Unicode scalars, none of them a control character.
///
/// A value is always valid. Names compare and hash as UTF-8 bytes: é composed and decomposed are two names.
package protocol Identifier: Sendable, Hashable, CustomStringConvertible {
    static var maximumScalarCount: Int { get }
    var text: String { get }
    init(unchecked text: String)
}

/// Why a text is no identifier.
package enum IdentifierInvalid: Error, Hashable {
    case empty
    case tooLong(scalarCount: Int, maximum: Int)
    case containsControlCharacter
    case containsOther(character: Unicode.Scalar)
}
