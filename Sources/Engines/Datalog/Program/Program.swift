/// A query whose names are resolved: predicates by number, atoms in normal form.
///
/// Every argument of an atom is a variable, each once; constants and repetitions have become bindings beside it. A
/// disjunction has become several clauses.
struct Program: Sendable {
    var predicates: [Predicate] = []
    var entry = 0
    var options = QueryOptions()

    /// The names of the answer's columns.
    var headers: [String] { predicates[entry].headers }
}

/// What one name derives.
struct Predicate: Sendable {
    let name: String
    let arity: Int
    /// The columns as an answer shows them.
    let headers: [String]
    let definition: Definition

    enum Definition: Sendable {
        case clauses([Clause], [AggregateUse?])
        case rows([[Datum]])
        case fixed(FixedCall)
    }

    var clauses: [Clause] {
        if case .clauses(let clauses, _) = definition { clauses } else { [] }
    }

    var aggregates: [AggregateUse?] {
        if case .clauses(_, let aggregates) = definition { aggregates } else { [] }
    }

    var hasAggregates: Bool { aggregates.contains { $0 != nil } }

    /// True when every aggregate may be computed step by step inside a recursion.
    var isMeet: Bool { hasAggregates && aggregates.allSatisfy { $0?.aggregate.isMeet ?? true } }
}

/// An aggregate over one column of a head.
struct AggregateUse: Sendable {
    let aggregate: Aggregate
    let arguments: [Datum]
}

/// One way to derive rows of a predicate.
struct Clause: Sendable {
    let head: [Name]
    let literals: [Literal]
    let span: Span
}

/// One condition of a clause.
enum Literal: Sendable {
    case predicate(Int, [Name], isNegated: Bool, Span)
    case stored(StoredUse, [Name], isNegated: Bool, Span)
    case filter(Expression)
    case bind(Name, Expression)
    case bindEach(Name, Expression, Span)

    /// The variables of an atom.
    var arguments: [Name]? {
        switch self {
        case .predicate(_, let arguments, _, _), .stored(_, let arguments, _, _): arguments
        default: nil
        }
    }

    var isPositiveAtom: Bool {
        switch self {
        case .predicate(_, _, let isNegated, _), .stored(_, _, let isNegated, _): !isNegated
        default: false
        }
    }
}

/// A stored relation in an atom, seen at a moment.
struct StoredUse: Sendable, Hashable {
    let name: String
    /// Microseconds; nil shows every row as it is stored.
    let moment: Int64?
}

/// The call of an algorithm with resolved inputs.
struct FixedCall: Sendable {
    let rule: FixedRule
    let inputs: [Input]
    let options: [String: Expression]
    let span: Span

    struct Input: Sendable {
        let source: Source
        let bindings: [Name]
        let span: Span
    }

    enum Source: Sendable {
        case predicate(Int)
        case stored(StoredUse)
    }
}

/// What becomes of the rows of the entry.
struct QueryOptions: Sendable {
    var limit: Int?
    var offset = 0
    var timeout: Double?
    var sleep: Double?
    var sort: [(column: Int, direction: SortDirection)] = []
    var assertion: Assertion?
    var usesMagic = true
    var returnsRows = false
    var mutation: Mutation?

    enum Assertion: Sendable { case none(Span), some(Span) }
}

/// A change of a stored relation by the rows of a query.
struct Mutation: Sendable {
    let operation: RelationOperation
    let relation: Name
    /// The columns as the script gives them; nil when it names none.
    let schema: SchemaSyntax?
    /// The columns of the entry.
    let head: [Name]
    let span: Span
}
