import Basics

/// Gathers every bad field of a request, the first hundred of them.
struct FieldProblems {
    private(set) var all: [FieldProblem] = []
    /// How many there are in truth.
    private(set) var count = 0
    /// The element or line whose fields are being read; nil when the whole document is one event.
    var index: Int?

    /// Where the event stands whose fields are being read.
    var base: JSONPointer { index.map { JSONPointer().appending($0) } ?? JSONPointer() }

    mutating func add(_ code: FieldProblem.Code, at field: EventField, _ message: String) {
        add(code, at: base.appending(field.name), message)
    }

    mutating func add(_ code: FieldProblem.Code, at pointer: JSONPointer, _ message: String) {
        count += 1
        guard all.count < Limits.problems else { return }
        all.append(FieldProblem(path: pointer.description, code: code, message: message))
    }

    mutating func add(_ invalid: IdentifierInvalid, at field: EventField) {
        add(invalid, at: base.appending(field.name))
    }

    mutating func add(_ invalid: IdentifierInvalid, at pointer: JSONPointer) {
        add(invalid.code, at: pointer, invalid.message)
    }
}

extension IdentifierInvalid {
    /// What a refusal says.
    package var code: FieldProblem.Code {
        switch self {
        case .empty: .empty
        case .tooShort: .tooShort
        case .tooLong: .tooLong
        case .containsControlCharacter: .controlCharacter
        case .containsOther, .malformed: .badCharacter
        }
    }

    package var message: String {
        switch self {
        case .empty: "it has to have one character at least"
        case .tooShort(let count, let minimum): "it has \(count) characters; \(minimum) is the least"
        case .tooLong(let count, let maximum): "it has \(count) characters; \(maximum) is the most"
        case .containsControlCharacter: "control characters are not allowed"
        case .containsOther(let character, let allowed):
            "only \(allowed) are allowed, not \(character.escaped(asASCII: true))"
        case .malformed: "it is not UTF-8"
        }
    }
}
