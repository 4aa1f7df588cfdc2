/// Turns the body of a rule into alternatives without nesting: negation moves inwards, `or` outwards, and the
/// arguments of atoms become distinct variables.
struct NormalForm {
    let catalog: any Catalog
    let context: EvaluationContext
    /// The number of a rule's predicate, and how many columns it has.
    let predicate: (Name) throws(ScriptError) -> (number: Int, arity: Int)
    private var fresh = 0

    init(
        _ catalog: any Catalog,
        _ context: EvaluationContext,
        predicate: @escaping (Name) throws(ScriptError) -> (number: Int, arity: Int)
    ) {
        self.catalog = catalog
        self.context = context
        self.predicate = predicate
    }

    /// Nobody writes a program of so many alternatives by hand.
    static let mostAlternatives = 4096

    mutating func alternatives(of atoms: [Atom], at span: Span) throws(ScriptError) -> [[Literal]] {
        try conjunction(atoms, isNegated: false, at: span)
    }

    private mutating func conjunction(
        _ atoms: [Atom],
        isNegated: Bool,
        at span: Span
    ) throws(ScriptError) -> [[Literal]] {
        var result: [[Literal]] = [[]]
        for atom in atoms {
            let alternatives = try alternatives(of: atom, isNegated: isNegated)
            guard result.count * alternatives.count <= Self.mostAlternatives else {
                throw ScriptError(
                    .budget,
                    "more than \(Self.mostAlternatives) alternatives",
                    at: span,
                    remedy: "name the disjunctions in rules of their own"
                )
            }
            result = result.flatMap { one in alternatives.map { one + $0 } }
        }
        return result
    }

    private mutating func disjunction(_ atoms: [Atom], isNegated: Bool) throws(ScriptError) -> [[Literal]] {
        var result: [[Literal]] = []
        for atom in atoms { result += try alternatives(of: atom, isNegated: isNegated) }
        return result
    }

    private mutating func alternatives(of atom: Atom, isNegated: Bool) throws(ScriptError) -> [[Literal]] {
        switch atom {
        case .not(let inner, _): return try alternatives(of: inner, isNegated: !isNegated)
        case .and(let atoms, let span):
            return isNegated
                ? try disjunction(atoms, isNegated: true) : try conjunction(atoms, isNegated: false, at: span)
        case .or(let atoms, let span):
            return isNegated
                ? try conjunction(atoms, isNegated: true, at: span) : try disjunction(atoms, isNegated: false)
        case .predicate(let expression):
            let bound = try expression.bound(to: context)
            guard isNegated else { return [[.filter(bound)]] }
            guard let negate = Function.named("negate") else { preconditionFailure("`!` is a function") }
            return [[.filter(.apply(negate, [bound], bound.span))]]
        case .unify(let name, let expression, let span):
            guard !isNegated else { throw Self.refused(span) }
            return [[.bind(kept(name), try expression.bound(to: context))]]
        case .unifyEach(let name, let expression, let span):
            guard !isNegated else { throw Self.refused(span) }
            return [[.bindEach(kept(name), try expression.bound(to: context), span)]]
        case .search(let name, let span):
            throw ScriptError(
                .unsupported,
                "the search `~\(name)` is not supported yet",
                at: span,
                remedy: "vector, text and similarity indices are on the deviation list"
            )
        case .rule(let name, let arguments, let span):
            let (number, arity) = try predicate(name)
            guard arity == arguments.count else {
                throw ScriptError(
                    .arityMismatch,
                    "Arity mismatch for rule \(name): expected \(arity), found \(arguments.count)",
                    at: span,
                    remedy: "\(name) has \(arity) columns; write _ for those that do not matter"
                )
            }
            var literals: [Literal] = []
            let names = try names(for: arguments, &literals)
            return [literals + [.predicate(number, names, isNegated: isNegated, span)]]
        case .relation(let name, let arguments, let validity, let span):
            let schema = try schema(of: name, at: span)
            guard schema.arity == arguments.count else {
                throw ScriptError(
                    .arityMismatch,
                    "Arity mismatch for stored relation \(name): expect \(schema.arity), got \(arguments.count)",
                    at: span,
                    remedy: "name the columns that you need: *\(name){…}"
                )
            }
            return try stored(name, schema, arguments, validity, isNegated, span)
        case .namedRelation(let name, let pairs, let validity, let span):
            let schema = try schema(of: name, at: span)
            let arguments = try arguments(of: pairs, name, schema, span)
            return try stored(name, schema, arguments, validity, isNegated, span)
        }
    }

    private static func refused(_ span: Span) -> ScriptError {
        ScriptError(
            .unsafeNegation,
            "Encountered unsafe negation, or empty rule definition",
            at: span,
            remedy: "only rule applications, relations and expressions can be negated: write x != y for not x = y"
        )
    }

    private func schema(of name: Name, at span: Span) throws(ScriptError) -> RelationSchema {
        do {
            return try catalog.schema(of: name)
        } catch {
            var placed = error
            placed.span = placed.span ?? span
            throw placed
        }
    }

    private mutating func arguments(
        of pairs: [(Name, Expression)],
        _ name: Name,
        _ schema: RelationSchema,
        _ span: Span
    ) throws(ScriptError) -> [Expression] {
        for (field, _) in pairs where !schema.columns.contains(where: { $0.name == field.text }) {
            let columns = schema.columns.map(\.name)
            throw ScriptError(
                .fieldUnknown,
                "stored relation '\(name)' does not have field '\(field)'",
                at: field.span,
                remedy: "its columns are \(columns.joined(separator: ", "))"
            )
        }
        return schema.columns.map { column in
            pairs.last { $0.0.text == column.name }?.1 ?? .variable(ignored(span))
        }
    }

    private mutating func stored(
        _ name: Name,
        _ schema: RelationSchema,
        _ arguments: [Expression],
        _ validity: Expression?,
        _ isNegated: Bool,
        _ span: Span
    ) throws(ScriptError) -> [[Literal]] {
        var literals: [Literal] = []
        let names = try names(for: arguments, &literals)
        var moment: Int64?
        if let validity {
            guard schema.hasVersions else {
                throw ScriptError(
                    .notTimeTravel,
                    "Invalid time travel on relation \(name)",
                    at: span,
                    remedy: "time travel needs a last key of type Validity"
                )
            }
            moment = try Moment.of(validity, context)
        }
        let use = StoredUse(name: name.text, moment: moment)
        return [literals + [.stored(use, names, isNegated: isNegated, span)]]
    }

    /// A variable for each argument; what is no variable, or comes twice, is bound beside the atom.
    private mutating func names(
        for arguments: [Expression],
        _ literals: inout [Literal]
    ) throws(ScriptError) -> [Name] {
        var names: [Name] = []
        for argument in arguments {
            if case .variable(let name) = argument {
                if name.isIgnored {
                    names.append(ignored(name.span))
                } else if !names.contains(name) {
                    names.append(name)
                } else {
                    let copy = variable("*", name.span)
                    literals.append(.bind(copy, argument))
                    names.append(copy)
                }
            } else {
                let copy = variable("*", argument.span)
                literals.append(.bind(copy, try argument.bound(to: context)))
                names.append(copy)
            }
        }
        return names
    }

    private mutating func variable(_ mark: String, _ span: Span) -> Name {
        fresh += 1
        return Name("\(mark)\(fresh)", span)
    }

    private mutating func ignored(_ span: Span) -> Name { variable("~", span) }

    private mutating func kept(_ name: Name) -> Name { name.isIgnored ? ignored(name.span) : name }
}

extension Name {
    /// `_`: any value, never looked at.
    var isIgnored: Bool { text == "_" }

    /// A variable that only one atom has.
    var isAnonymous: Bool { text.utf8.first == UInt8(ascii: "~") }
}
