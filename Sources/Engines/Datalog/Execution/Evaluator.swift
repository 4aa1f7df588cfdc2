/// Computes expressions over batches.
///
/// Small integers are added and compared as codes; everything else goes by way of values.
struct Evaluator {
    let interner: Interner
    let context: EvaluationContext

    /// Fills a column with the value of the expression for each row.
    func compute(_ node: Node, _ batch: Batch, into column: CodeBuffer) throws(ScriptError) {
        switch node {
        case .constant(let code, _):
            for row in 0..<batch.count { unsafe column.base[row] = code }
        case .register(let register):
            unsafe column.base.update(from: batch.column(register).base, count: batch.count)
        case .apply(let function, let arguments, _):
            if let shortcut = function.shortcut, arguments.count == 2,
                try compute(shortcut, node, arguments, batch, into: column)
            {
                return
            }
            try computeSlowly(node, batch, into: column)
        case .choice: try computeSlowly(node, batch, into: column)
        }
    }

    private func computeSlowly(_ node: Node, _ batch: Batch, into column: CodeBuffer) throws(ScriptError) {
        for row in 0..<batch.count {
            let code = interner.encode(try value(node, batch, row))
            unsafe column.base[row] = code
        }
    }

    /// The sum or the difference, row by row; false when the function is neither.
    private func compute(
        _ shortcut: Function.Shortcut,
        _ node: Node,
        _ arguments: [Node],
        _ batch: Batch,
        into column: CodeBuffer
    ) throws(ScriptError) -> Bool {
        guard shortcut == .add || shortcut == .subtract else { return false }
        let one = try operand(arguments[0], batch)
        let other = try operand(arguments[1], batch)
        for row in 0..<batch.count {
            let left = unsafe one.base[row]
            let right = unsafe other.base[row]
            if Codes.isInteger(left), Codes.isInteger(right) {
                let difference = Codes.integer(right)
                let result = Codes.integer(left) &+ (shortcut == .add ? difference : -difference)
                if let code = Codes.code(result) {
                    unsafe column.base[row] = code
                    continue
                }
            }
            let code = interner.encode(try value(node, batch, row))
            unsafe column.base[row] = code
        }
        return true
    }

    /// The codes of an operand for every row of the batch.
    private func operand(_ node: Node, _ batch: Batch) throws(ScriptError) -> CodeBuffer {
        if case .register(let register) = node { return batch.column(register) }
        let column = CodeBuffer(repeating: Codes.none, count: batch.count)
        try compute(node, batch, into: column)
        return column
    }

    /// Lists the rows for which the expression is true.
    func select(_ node: Node, _ batch: Batch, into selection: CodeBuffer) throws(ScriptError) {
        selection.removeAll()
        if case .apply(let function, let arguments, _) = node, let shortcut = function.shortcut, arguments.count == 2,
            shortcut != .add, shortcut != .subtract
        {
            return try compare(shortcut, node, arguments, batch, into: selection)
        }
        for row in 0..<batch.count where try isTrue(node, batch, row) {
            selection.append(UInt32(truncatingIfNeeded: row))
        }
    }

    private func compare(
        _ shortcut: Function.Shortcut,
        _ node: Node,
        _ arguments: [Node],
        _ batch: Batch,
        into selection: CodeBuffer
    ) throws(ScriptError) {
        let one = try operand(arguments[0], batch)
        let other = try operand(arguments[1], batch)
        for row in 0..<batch.count {
            let left = unsafe one.base[row]
            let right = unsafe other.base[row]
            let holds: Bool
            if Codes.isInteger(left), Codes.isInteger(right) {
                switch shortcut {
                case .less: holds = left < right
                case .lessOrEqual: holds = left <= right
                case .greater: holds = left > right
                case .greaterOrEqual: holds = left >= right
                case .equal: holds = left == right
                default: holds = left != right
                }
            } else {
                holds = try isTrue(node, batch, row)
            }
            if holds { selection.append(UInt32(truncatingIfNeeded: row)) }
        }
    }

    private func isTrue(_ node: Node, _ batch: Batch, _ row: Int) throws(ScriptError) -> Bool {
        let value = try value(node, batch, row)
        guard case .bool(let bool) = value else {
            let span: Span? = if case .apply(_, _, let span) = node { span } else { nil }
            throw ScriptError(
                .predicateNotBool,
                "Predicate does not evaluate to a boolean: \(value.shown)",
                at: span,
                remedy: "a condition is true or false: compare with ==, !=, <, > or use to_bool"
            )
        }
        return bool
    }

    /// The value of the expression for one row.
    func value(_ node: Node, _ batch: Batch, _ row: Int) throws(ScriptError) -> Datum {
        switch node {
        case .constant(_, let value): return value
        case .register(let register): return interner.decode(unsafe batch.column(register).base[row])
        case .apply(let function, let arguments, let span):
            var values: [Datum] = []
            values.reserveCapacity(arguments.count)
            for argument in arguments { values.append(try value(argument, batch, row)) }
            return try function.call(values, context, at: span)
        case .choice(let clauses, let span):
            for clause in clauses {
                let condition = try value(clause.condition, batch, row)
                guard case .bool(let isTrue) = condition else {
                    throw ScriptError(
                        .predicateNotBool,
                        "Predicate does not evaluate to a boolean: \(condition.shown)",
                        at: span
                    )
                }
                if isTrue { return try value(clause.value, batch, row) }
            }
            return .null
        }
    }
}
