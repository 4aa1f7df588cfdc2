/// A script as it was written: one query, one system operation, or a chain of statements.
enum Script: Sendable {
    case query(QuerySyntax)
    case system(SystemSyntax)
    case chain([Statement])
}

/// The text of one query: its rules, and what becomes of its rows.
struct QuerySyntax: Sendable {
    var rules: [RuleSyntax] = []
    var options: [OptionSyntax] = []
    var span = Span.none
}

/// One clause: a head, and what it follows from.
struct RuleSyntax: Sendable {
    let name: Name
    let head: [HeadArgument]
    /// From the opening bracket to the closing one.
    let headSpan: Span
    let body: Body
    let span: Span

    indirect enum Body: Sendable {
        case atoms([Atom])
        /// The rows, and the names that they have when all of them are parameters: `[[$a, $b]]`.
        case constant(Expression, names: [Name])
        case fixed(FixedRuleSyntax)
    }
}

struct HeadArgument: Sendable {
    let variable: Name
    let aggregate: (name: Name, arguments: [Expression])?
}

/// What the body of a rule is made of.
indirect enum Atom: Sendable {
    case rule(Name, [Expression], Span)
    case relation(Name, [Expression], validity: Expression?, Span)
    case namedRelation(Name, [(Name, Expression)], validity: Expression?, Span)
    case search(Name, Span)
    case predicate(Expression)
    case unify(Name, Expression, Span)
    case unifyEach(Name, Expression, Span)
    case not(Atom, Span)
    case and([Atom], Span)
    case or([Atom], Span)

    var span: Span {
        switch self {
        case .rule(_, _, let span), .relation(_, _, _, let span), .namedRelation(_, _, _, let span),
            .search(_, let span),
            .unify(_, _, let span), .unifyEach(_, _, let span), .not(_, let span), .and(_, let span), .or(_, let span):
            span
        case .predicate(let expression): expression.span
        }
    }
}

/// The call of an algorithm: its inputs and its options.
struct FixedRuleSyntax: Sendable {
    let algorithm: Name
    let inputs: [Input]
    let options: [(Name, Expression)]
    let span: Span

    struct Input: Sendable {
        let source: Source
        let bindings: [Name]
        let span: Span
    }

    enum Source: Sendable {
        case rule(Name)
        case relation(Name, validity: Expression?)
        case namedRelation(Name, fields: [Name], validity: Expression?)
    }
}

/// What follows the rules of a query.
enum OptionSyntax: Sendable {
    case limit(Expression)
    case offset(Expression)
    case timeout(Expression)
    case sleep(Expression)
    case sort([SortKey])
    case assertNone(Span)
    case assertSome(Span)
    case disableMagic(Expression)
    case returning
    case relation(RelationOperation, Name, SchemaSyntax?, Span)
}

struct SortKey: Sendable {
    let name: Name
    let direction: SortDirection
}

enum SortDirection: Sendable { case ascending, descending }

/// What a query does with its rows and a stored relation.
enum RelationOperation: String, Sendable, CaseIterable {
    case create, replace, insert, put, update, rm, delete, ensure
    case ensureNot = "ensure_not"
}

/// The columns of a stored relation as they were written.
struct SchemaSyntax: Sendable {
    var keys: [ColumnSyntax]
    var values: [ColumnSyntax]
}

struct ColumnSyntax: Sendable {
    let name: Name
    let type: ColumnType
    let fallback: Expression?
    let fallbackSource: String?
    /// The variable of the entry rule that fills the column.
    let binding: Name
}

/// An operation on the database itself: `::relations`.
enum SystemSyntax: Sendable {
    case relations
    case columns(Name)
    case indices(Name)
    case describe(Name, String)
    case remove([Name])
    case rename([(from: Name, to: Name)])
    case accessLevel(AccessLevel, [Name])
    case showTriggers(Name)
    case setTriggers(Name, [TriggerSyntax])
    case explain(QuerySyntax)
    case createIndex(relation: Name, index: Name, columns: [Name])
    case dropIndex(relation: Name, index: Name)
    case compact
    case running
    case kill(Expression)
    case fixedRules
    case unsupported(String, Span)
}

struct TriggerSyntax: Sendable {
    let event: TriggerEvent
    let source: String
}

enum TriggerEvent: String, Sendable, CaseIterable { case put, rm, replace }

/// Who may do what with a stored relation.
enum AccessLevel: String, Sendable, CaseIterable, Comparable {
    case hidden
    case readOnly = "read_only"
    case protected
    case normal

    private var rank: Int {
        switch self {
        case .hidden: 0
        case .readOnly: 1
        case .protected: 2
        case .normal: 3
        }
    }

    static func < (one: AccessLevel, other: AccessLevel) -> Bool { one.rank < other.rank }
}

/// One step of an imperative script.
indirect enum Statement: Sendable {
    case run(Runnable)
    case choice(Condition, isNegated: Bool, then: [Statement], otherwise: [Statement])
    case loop(label: Name?, [Statement], Span)
    case stop(label: Name?, Span)
    case next(label: Name?, Span)
    case result([Source], Span)
    case swap(Name, Name)
    case debug(Name)
    case ignoringErrors(Runnable)

    struct Runnable: Sendable {
        let content: Content
        /// The temporary relation that takes the result.
        let target: Name?
        let span: Span
    }

    enum Content: Sendable {
        case query(QuerySyntax)
        case system(SystemSyntax)
    }

    enum Condition: Sendable {
        case relation(Name)
        case query(Runnable)
    }

    enum Source: Sendable {
        case relation(Name)
        case query(Runnable)
    }
}
