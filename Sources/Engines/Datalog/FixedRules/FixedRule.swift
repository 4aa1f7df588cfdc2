/// An algorithm that a rule may call: rows in, rows out.
struct FixedRule: Sendable {
    let name: String
    let arity: Arity
    let run: @Sendable (FixedRuleCall) throws(ScriptError) -> Void

    enum Arity: Sendable {
        case fixed(Int)
        /// One more than the option `out` lists.
        case listed
        /// As many as the rows of an option have.
        case rows(String)
        /// As many as an option lists, and one more with `prepend_index`.
        case fields(String)
    }

    init(
        _ name: String,
        _ arity: Arity,
        _ run: @escaping @Sendable (FixedRuleCall) throws(ScriptError) -> Void
    ) {
        self.name = name
        self.arity = arity
        self.run = run
    }

    /// How many columns its rows have.
    ///
    /// Some options say so themselves: they are looked at where they are constant.
    func arity(head: Int, _ options: [String: Expression], at span: Span) throws(ScriptError) -> Int {
        switch arity {
        case .fixed(let count): return count
        case .listed: return head
        case .rows(let name):
            guard case .constant(.list(let rows), _)? = options[name], case .list(let row)? = rows.first else {
                return head
            }
            return row.count
        case .fields(let name):
            switch options["prepend_index"] {
            case nil, .constant(false, _)?, .constant(true, _)?: break
            default: throw unknownArity("invalid option 'prepend_index' given, expect a boolean", span)
            }
            guard case .constant(.list(let fields), _)? = options[name] else {
                if options[name] == nil, name == "types" {
                    let message = "Cannot find a required named option '\(name)' for '\(self.name)'"
                    throw ScriptError(.fixedRuleOption, message, at: span)
                }
                throw unknownArity("option '\(name)' must be a list", span)
            }
            if case .constant(true, _)? = options["prepend_index"] { return fields.count + 1 }
            return fields.count
        }
    }

    private func unknownArity(_ reason: String, _ span: Span) -> ScriptError {
        ScriptError(.arityUnknown, "Cannot determine arity for algo \(name) since \(reason)", at: span)
    }

    static let all: [String: FixedRule] = {
        var all: [String: FixedRule] = [:]
        for rule in components + paths + centralities + utilities + middles + trees
            + communities + walks + readers
        { all[rule.name] = rule }
        return all
    }()

    static func named(_ name: Name) throws(ScriptError) -> FixedRule {
        if let rule = all[name.text] { return rule }
        throw ScriptError(
            .fixedRuleUnknown,
            "Fixed rule \(name) not found",
            at: name.span,
            remedy: NearestName.nearest(to: name.text, among: all.keys.sorted()).map { "did you mean `\($0)`?" }
        )
    }
}

/// The inputs of one call, and where its rows go.
final class FixedRuleCall {
    let call: FixedCall
    let context: EvaluationContext
    let watch: BudgetWatch
    let interner: Interner
    private let inputs: [(columns: [CodeBuffer], count: Int)]
    private var decoded: [Int: [[Datum]]] = [:]
    private(set) var output: [CodeBuffer]

    init(
        _ call: FixedCall,
        _ inputs: [(columns: [CodeBuffer], count: Int)],
        arity: Int,
        _ interner: Interner,
        _ context: EvaluationContext,
        _ watch: BudgetWatch
    ) {
        self.call = call
        self.inputs = inputs
        self.interner = interner
        output = (0..<arity).map { _ in CodeBuffer() }
        self.context = context
        self.watch = watch
    }

    func put(_ row: [Datum]) {
        for (column, value) in zip(output, row) { column.append(interner.encode(value)) }
    }

    /// Adds a node, and a value beside it.
    func put(_ node: Code, _ value: Datum) {
        output[0].append(node)
        output[1].append(interner.encode(value))
    }

    /// The sorted rows of an input.
    func input(_ place: Int) throws(ScriptError) -> [[Datum]] {
        if let known = decoded[place] { return known }
        let (columns, count) = try columns(place)
        var rows = (0..<count).map { row in columns.map { interner.decode($0[row]) } }
        rows.sort { Order.of($0, $1) == .less }
        decoded[place] = rows
        return rows
    }

    /// The columns of an input.
    func columns(_ place: Int) throws(ScriptError) -> (columns: [CodeBuffer], count: Int) {
        guard place < inputs.count else {
            throw ScriptError(
                .fixedRuleInput,
                "Cannot find a required positional argument at index \(place) for '\(call.rule.name)'",
                at: call.span,
                remedy: "\(call.rule.name) takes \(place + 1) inputs or more"
            )
        }
        return inputs[place]
    }

    /// The first two columns of the first input, by value.
    func sortedEdges() throws(ScriptError) -> (columns: [CodeBuffer], count: Int) {
        let (columns, count) = try columns(0)
        guard columns.count >= 2, let from = columns[0].bounds(), let to = columns[1].bounds() else {
            return (columns, count)
        }
        let sorted = [CodeBuffer(capacity: count), CodeBuffer(capacity: count)]
        guard Codes.isInteger(from.lowerBound), Codes.isInteger(to.lowerBound) else {
            for row in try input(0) {
                sorted[0].append(interner.encode(row[0]))
                sorted[1].append(interner.encode(row[1]))
            }
            return (sorted, count)
        }
        let low = min(from.lowerBound, to.lowerBound)
        let width = Int.bitWidth - Int(max(from.upperBound, to.upperBound) - low).leadingZeroBitCount
        var words = (0..<count).map { row in
            UInt64(columns[0][row] &- low) << UInt64(width) | UInt64(columns[1][row] &- low)
        }
        Radix.sort(&words, bits: max(1, 2 * width))
        let mask: UInt64 = (1 << UInt64(width)) - 1
        for word in words {
            sorted[0].append(low &+ Code(truncatingIfNeeded: word >> UInt64(width)))
            sorted[1].append(low &+ Code(truncatingIfNeeded: word & mask))
        }
        return (sorted, count)
    }

    var inputCount: Int { inputs.count }

    func option(_ name: String) throws(ScriptError) -> Datum? {
        guard let expression = call.options[name] else { return nil }
        return try expression.evaluated(in: context)
    }

    /// The option as it is written, to be computed for each row.
    func expression(_ name: String) throws(ScriptError) -> Expression {
        guard let expression = call.options[name] else { throw missingOption(name) }
        return expression
    }

    func missingOption(_ name: String) -> ScriptError {
        ScriptError(
            .fixedRuleOption,
            "Cannot find a required named option '\(name)' for '\(call.rule.name)'",
            at: call.span
        )
    }

    /// The value of an expression over a row whose columns have these names.
    func value(_ expression: Expression, _ bindings: [Name], _ row: [Datum]) throws(ScriptError) -> Datum {
        try expression.evaluated(in: context) { name throws(ScriptError) in
            guard let place = bindings.firstIndex(of: name), place < row.count else {
                throw ScriptError(.unboundVariable, "unbound variable '\(name)'", at: name.span)
            }
            return row[place]
        }
    }

    func holds(_ condition: Expression, _ bindings: [Name], _ row: [Datum]) throws(ScriptError) -> Bool {
        let value = try value(condition, bindings, row)
        guard case .bool(let isTrue) = value else {
            throw ScriptError(
                .predicateNotBool,
                "Predicate does not evaluate to a boolean: \(value.shown)",
                at: condition.span
            )
        }
        return isTrue
    }

    func wrong(_ name: String, _ wanted: String) -> ScriptError {
        ScriptError(
            .fixedRuleOptionWrong,
            "Wrong value for option '\(name)' of '\(call.rule.name)'",
            at: call.span,
            remedy: "\(wanted) is required"
        )
    }

    func flag(_ name: String, _ fallback: Bool) throws(ScriptError) -> Bool {
        guard let value = try option(name) else { return fallback }
        guard let flag = value.bool else { throw wrong(name, "a boolean") }
        return flag
    }

    func natural(_ name: String, _ fallback: Int, from low: Int) throws(ScriptError) -> Int {
        guard let value = try option(name) else { return fallback }
        guard let number = value.wholeNumber, number >= low else { throw wrong(name, "a number from \(low)") }
        return Int(number)
    }

    func unit(_ name: String, _ fallback: Double) throws(ScriptError) -> Double {
        guard let value = try option(name) else { return fallback }
        guard let number = value.number, number >= 0, number <= 1 else { throw wrong(name, "a number from 0 to 1") }
        return number
    }
}

extension Execution {
    func evaluate(_ call: FixedCall, arity: Int) throws(ScriptError) -> Table {
        var inputs: [(columns: [CodeBuffer], count: Int)] = []
        for input in call.inputs { inputs.append(try columns(of: input.source)) }
        let work = FixedRuleCall(call, inputs, arity: arity, interner, context, watch)
        try call.rule.run(work)
        let table = Table(arity: arity, windows: Array(repeating: nil, count: arity))
        table.insert(work.output, count: work.output[0].count)
        return table
    }

    private func columns(of source: FixedCall.Source) throws(ScriptError) -> (columns: [CodeBuffer], count: Int) {
        switch source {
        case .predicate(let number):
            guard case .table(let table)? = live[number] else { preconditionFailure("strata come in order") }
            return (table.columns, table.count)
        case .stored(let use):
            let rows = try rows(use)
            if rows.parts.count == 1, rows.parts[0].dead == nil {
                return (rows.parts[0].part.columns, rows.parts[0].part.count)
            }
            guard let arity = rows.parts.first?.part.columns.count else { return ([], 0) }
            let whole = StoredRelation.melted(rows.parts, arity)
            return (whole.part.columns, whole.part.count)
        }
    }
}
