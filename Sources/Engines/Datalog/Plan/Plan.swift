/// How one clause is evaluated: steps over batches of rows, whose values lie in registers.
struct Plan: Sendable {
    var steps: [Step]
    /// Where each column of the head comes from.
    let head: [Operand]
    let registerCount: Int
    /// The names of the registers, for readers.
    let names: [String]

    enum Operand: Sendable, Hashable {
        case register(Int)
        case constant(Code)
    }

    struct Step: Sendable {
        let kind: Kind
        /// Registers that later steps need and that the step passes on.
        var carried: [Int] = []
    }

    enum Kind: Sendable {
        /// Every row of a relation.
        case scan(Source, outputs: [Output])
        /// The rows of a relation that agree with the keys.
        case join(Source, keys: [Key], outputs: [Output])
        /// The values that a variable has in all of some relations, where everything else of theirs is known.
        case intersect([Lookup], register: Int)
        /// Keeps the rows for which the relation has, or has not, a row that agrees.
        case probe(Source, keys: [Key], isNegated: Bool)
        case filter(Node)
        case compute(Int, Node)
        /// One row for each element of a list.
        case each(Int, Node, Span)
    }

    struct Key: Sendable, Hashable {
        let column: Int
        let operand: Operand
    }

    /// A relation whose columns are all known but one.
    struct Lookup: Sendable, Hashable {
        let source: Source
        let keys: [Key]
        let column: Int
    }

    struct Output: Sendable, Hashable {
        let column: Int
        let register: Int
    }

    struct Source: Sendable, Hashable {
        let relation: Relation
        let window: Window
        let arity: Int
    }

    enum Relation: Sendable, Hashable {
        case predicate(Int)
        case stored(StoredUse)
    }

    /// Which rows of a growing relation count.
    enum Window: Sendable, Hashable {
        case whole
        /// Those of the last round.
        case delta
        /// Those before the last round.
        case old
    }
}

/// An expression whose variables are registers.
indirect enum Node: Sendable {
    case constant(Code, Datum)
    case register(Int)
    case apply(Function, [Node], Span)
    case choice([(condition: Node, value: Node)], Span)

    func collectRegisters(_ registers: inout Set<Int>) {
        switch self {
        case .constant: break
        case .register(let register): registers.insert(register)
        case .apply(_, let arguments, _): for argument in arguments { argument.collectRegisters(&registers) }
        case .choice(let clauses, _):
            for clause in clauses {
                clause.condition.collectRegisters(&registers)
                clause.value.collectRegisters(&registers)
            }
        }
    }
}

extension Plan.Step {
    /// The registers that the step reads.
    var reads: Set<Int> {
        var registers: Set<Int> = []
        switch kind {
        case .scan: break
        case .join(_, let keys, _), .probe(_, let keys, _):
            for case .register(let register) in keys.map(\.operand) { registers.insert(register) }
        case .intersect(let lookups, _):
            for case .register(let register) in lookups.flatMap(\.keys).map(\.operand) { registers.insert(register) }
        case .filter(let node), .compute(_, let node), .each(_, let node, _): node.collectRegisters(&registers)
        }
        return registers
    }

    /// The registers that the step fills.
    var writes: Set<Int> {
        switch kind {
        case .scan(_, let outputs), .join(_, _, let outputs): Set(outputs.map(\.register))
        case .compute(let register, _), .each(let register, _, _), .intersect(_, let register): [register]
        case .probe, .filter: []
        }
    }
}
