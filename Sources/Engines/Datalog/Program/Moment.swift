/// Moments in scripts: microseconds since 1970, a date, `NOW` or `END`.
enum Moment {
    static func of(_ expression: Expression, _ context: EvaluationContext) throws(ScriptError) -> Int64 {
        let value = try expression.bound(to: context).evaluated(in: context)
        if let moment = of(value, now: context.now) { return moment }
        throw ScriptError(
            .badValidity,
            "bad specification of validity",
            at: expression.span,
            remedy: "write microseconds, a date like '2024-02-29T12:00:00Z', 'NOW' or 'END'"
        )
    }

    static func of(_ value: Datum, now: Int64) -> Int64? {
        switch value {
        case .int, .float: return value.wholeNumber
        case .text("NOW"): return now
        case .text("END"): return .max
        case .text(let text): return Timestamp(text)?.microseconds
        default: return nil
        }
    }
}
