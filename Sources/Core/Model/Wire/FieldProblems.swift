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
        switch invalid {
        case .empty: add(.empty, at: pointer, "it has to have one character at least")
        case .tooLong(let count, let maximum):
            add(.tooLong, at: pointer, "it has \(count) characters; \(maximum) is the most")
        case .containsControlCharacter:
            add(.controlCharacter, at: pointer, "control characters are not allowed")
        case .containsOther(let character):
            let shown = character.escaped(asASCII: true)
            add(.badCharacter, at: pointer, "only A-Z a-z 0-9 _ . : - are allowed, not \(shown)")
        case .malformed: add(.badCharacter, at: pointer, "it is not UTF-8")
        }
    }
}
