// Expressions, by precedence climbing.
extension ScriptParser {
    mutating func expression() throws(ScriptError) -> Expression {
        try nested { parser throws(ScriptError) in try parser.operation(above: 0) }
    }

    private struct Infix {
        let spelling: Int
        let function: String
        let level: Int
        let isRightAssociative: Bool
    }

    /// The operator that stands here; the higher its level, the tighter it binds.
    private var infix: Infix? {
        func infix(_ spelling: Int, _ function: String, _ level: Int, right: Bool = false) -> Infix {
            Infix(spelling: spelling, function: function, level: level, isRightAssociative: right)
        }
        let next = byte(ahead: 1)
        switch byte {
        case UInt8(ascii: "|") where next == UInt8(ascii: "|"): return infix(2, "or", 1)
        case UInt8(ascii: "&") where next == UInt8(ascii: "&"): return infix(2, "and", 2)
        case UInt8(ascii: ">"): return next == UInt8(ascii: "=") ? infix(2, "ge", 3) : infix(1, "gt", 3)
        case UInt8(ascii: "<"):
            if next == UInt8(ascii: "-") || next == UInt8(ascii: "~") { return nil }
            return next == UInt8(ascii: "=") ? infix(2, "le", 3) : infix(1, "lt", 3)
        case UInt8(ascii: "=") where next == UInt8(ascii: "="): return infix(2, "eq", 4)
        case UInt8(ascii: "!") where next == UInt8(ascii: "="): return infix(2, "neq", 4)
        case UInt8(ascii: "%"):
            // `%end` and its kin open the next statement of a chain.
            return Self.startsName(next) ? nil : infix(1, "mod", 5)
        case UInt8(ascii: "+"): return next == UInt8(ascii: "+") ? infix(2, "concat", 6) : infix(1, "add", 6)
        case UInt8(ascii: "-"): return next == UInt8(ascii: ">") ? infix(2, "maybe_get", 11) : infix(1, "sub", 6)
        case UInt8(ascii: "*"): return infix(1, "mul", 7)
        case UInt8(ascii: "/"): return infix(1, "div", 7)
        case UInt8(ascii: "^"): return infix(1, "pow", 8, right: true)
        case UInt8(ascii: "~"): return infix(1, "coalesce", 9)
        default: return nil
        }
    }

    /// How tight `-x` and `!x` bind.
    private static let prefixLevel = 10

    private mutating func operation(above level: Int) throws(ScriptError) -> Expression {
        var left = try prefixed()
        while let operation = infix, operation.level > level {
            position += operation.spelling
            skipSpace()
            let bound = operation.isRightAssociative ? operation.level - 1 : operation.level
            let right = try nested { parser throws(ScriptError) in try parser.operation(above: bound) }
            left = apply(operation.function, [left, right], left.span.joined(with: right.span))
        }
        return left
    }

    private mutating func prefixed() throws(ScriptError) -> Expression {
        let start = position
        if byte == UInt8(ascii: "-"), byte(ahead: 1) != UInt8(ascii: ">") {
            _ = take("-")
            let operand = try nested { parser throws(ScriptError) in try parser.operation(above: Self.prefixLevel) }
            return apply("minus", [operand], span(from: start))
        }
        if byte == UInt8(ascii: "!"), byte(ahead: 1) != UInt8(ascii: "=") {
            _ = take("!")
            let operand = try nested { parser throws(ScriptError) in try parser.operation(above: Self.prefixLevel) }
            return apply("negate", [operand], span(from: start))
        }
        return try term()
    }

    /// The call of a function that is known to exist.
    private func apply(_ name: String, _ arguments: [Expression], _ span: Span) -> Expression {
        guard let function = Function.named(name) else { preconditionFailure("operators have functions") }
        return .apply(function, arguments, span)
    }

    private mutating func term() throws(ScriptError) -> Expression {
        let start = position
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return .constant(.text(try quoted()), span(from: start))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "$"):
            position += 1
            return .parameter(try name(.parameter, for: "the name of a parameter"))
        case UInt8(ascii: "("):
            _ = take("(")
            let inner = try expression()
            try expect(")")
            return inner
        case UInt8(ascii: "["):
            _ = take("[")
            let elements = try items(until: "]") { parser throws(ScriptError) in try parser.expression() }
            return apply("list", elements, span(from: start))
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "_") where startsRawText: return .constant(.text(try quoted()), span(from: start))
        default: break
        }
        if takeWord("true") { return .constant(true, span(from: start)) }
        if takeWord("false") { return .constant(false, span(from: start)) }
        if takeWord("null") { return .constant(.null, span(from: start)) }
        if let function = takeName(.plain), take("(") {
            let arguments = try items(until: ")") { parser throws(ScriptError) in try parser.expression() }
            return try call(function, arguments, span(from: start))
        }
        position = start
        return .variable(try name(.variable, for: "an expression"))
    }

    private mutating func object() throws(ScriptError) -> Expression {
        let start = position
        _ = take("{")
        var parts: [Expression] = []
        while !take("}") {
            parts.append(try expression())
            try expect(":", remedy: "an object has pairs: {'key': value}")
            parts.append(try expression())
            if take(",") { continue }
            try expect("}")
            break
        }
        return apply("json_object", parts, span(from: start))
    }

    private func call(_ name: Name, _ arguments: [Expression], _ span: Span) throws(ScriptError) -> Expression {
        if name.text == "cond" || name.text == "if" { return try choice(name, arguments, span) }
        guard let function = Function.named(name.text) else {
            throw ScriptError(
                .functionUnknown,
                "No implementation found for op `\(name)`",
                at: span,
                remedy: Function.nearest(to: name.text).map { "did you mean `\($0)`?" }
            )
        }
        guard function.accepts(arguments.count) else {
            let need = function.isVariadic ? "at least" : "exactly"
            throw ScriptError(
                .argumentCount,
                "Wrong number of arguments for function '\(name)'",
                at: span,
                remedy: "Need \(need) \(function.argumentCount) argument(s)"
            )
        }
        guard function.takesPattern else { return .apply(function, arguments, span) }
        var arguments = arguments
        arguments[1] = apply("regex", [arguments[1]], arguments[1].span)
        return .apply(function, arguments, span)
    }

    private func choice(_ name: Name, _ arguments: [Expression], _ span: Span) throws(ScriptError) -> Expression {
        var arguments = arguments
        if name.text == "if" {
            guard arguments.count == 2 || arguments.count == 3 else {
                throw ScriptError(.badConditional, "wrong number of arguments to if: 2 or 3 required", at: span)
            }
            if arguments.count == 3 { arguments.insert(.constant(true, span), at: 2) }
        }
        guard !arguments.isEmpty else {
            throw ScriptError(.emptyConditional, "'cond' cannot have empty body", at: span)
        }
        if arguments.count % 2 == 1 { arguments.insert(.constant(.null, span), at: arguments.count - 1) }
        var clauses: [(condition: Expression, value: Expression)] = []
        for index in stride(from: 0, to: arguments.count, by: 2) {
            clauses.append((arguments[index], arguments[index + 1]))
        }
        return .choice(clauses, span)
    }
}
