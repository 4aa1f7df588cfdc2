/// What is wrong with one field of a request.
package struct FieldProblem: Sendable, Hashable {
    package enum Code: String, Sendable, Hashable {
        case unreadable
        case required
        case wrongType = "wrong_type"
        case empty
        case tooShort = "too_short"
        case tooLong = "too_long"
        case tooLarge = "too_large"
        case tooDeep = "too_deep"
        case tooMany = "too_many"
        case tooFew = "too_few"
        case controlCharacter = "control_character"
        case badCharacter = "bad_character"
        case outOfRange = "out_of_range"
        case badHex = "bad_hex"
        case wrongLength = "wrong_length"
        case reserved
        case unknownField = "unknown_field"
        case notJSON = "not_json"
        case misplaced
    }

    /// A JSON pointer (RFC 6901) into the body of the request.
    package let path: String
    package let code: Code
    package let message: String

    package init(path: String, code: Code, message: String) {
        self.path = path
        self.code = code
        self.message = message
    }
}

/// Why events were not taken, before the ledger saw them.
package struct EventRefusal: Error, Sendable, Hashable {
    /// In the order in which requests are checked.
    package enum Kind: Sendable, Hashable {
        /// Not JSON, JSON lines or CBOR: 400.
        case unreadable
        /// More events or bytes than a request may have: 413.
        case tooLarge
        /// Readable, but not valid events: 422.
        case invalid
    }

    package let kind: Kind
    package let detail: String
    /// Every bad field, as far as `Limits.problems`.
    package let problems: [FieldProblem]

    package init(_ kind: Kind, detail: String, problems: [FieldProblem] = []) {
        self.kind = kind
        self.detail = detail
        self.problems = problems
    }
}

/// Where a value stands in a document; becomes text only when something is wrong there.
package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    private var tokens: [String] = []

    package init() {}

    /// The pointer to an entry or element of what this one points to.
    package func appending(_ token: String) -> JSONPointer {
        var pointer = self
        pointer.tokens.append(token)
        return pointer
    }

    package func appending(_ index: Int) -> JSONPointer { appending(String(index)) }

    package var description: String {
        var text = ""
        for token in tokens {
            text += "/"
            for scalar in token.unicodeScalars {
                switch scalar {
                case "~": text += "~0"
                case "/": text += "~1"
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
        return text
    }
}
