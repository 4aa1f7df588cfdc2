/// A function that expressions may call.
struct Function: Sendable {
    typealias Body = @Sendable ([Datum], EvaluationContext) throws(ScriptError) -> Datum

    let name: String
    /// How many arguments it takes; at least so many when it is variadic.
    let argumentCount: Int
    let isVariadic: Bool
    /// False when the same arguments may give another value.
    let isPure: Bool
    /// What the evaluator knows how to compute without the body.
    let shortcut: Shortcut?
    private let body: Body

    /// Operations on small integers that need no values at all.
    enum Shortcut: Sendable { case add, subtract, less, lessOrEqual, greater, greaterOrEqual, equal, unequal }

    init(
        _ name: String,
        _ argumentCount: Int,
        variadic isVariadic: Bool = false,
        pure isPure: Bool = true,
        shortcut: Shortcut? = nil,
        _ body: @escaping Body
    ) {
        self.name = name
        self.argumentCount = argumentCount
        self.isVariadic = isVariadic
        self.isPure = isPure
        self.shortcut = shortcut
        self.body = body
    }

    /// True when the second argument is a regular expression.
    var takesPattern: Bool { name.hasPrefix("regex_") }

    func accepts(_ count: Int) -> Bool { isVariadic ? count >= argumentCount : count == argumentCount }

    func call(_ arguments: [Datum], _ context: EvaluationContext, at span: Span) throws(ScriptError) -> Datum {
        do {
            return try body(arguments, context)
        } catch {
            guard error.span == nil else { throw error }
            var placed = error
            placed.span = span
            throw placed
        }
    }
}

// MARK: The catalogue

extension Function {
    /// Every function, by name.
    static let all: [String: Function] = {
        let families = [
            arithmetic, rounding, elementary, comparisons, logic, bits, texts, patterns, types, lists, sets, documents,
            conversions, vectors, places, moments, chances,
        ]
        var all: [String: Function] = [:]
        for function in families.joined() { all[function.name] = function }
        return all
    }()

    static func named(_ name: String) -> Function? { all[name] }

    /// The name that was probably meant.
    static func nearest(to name: String) -> String? { NearestName.nearest(to: name, among: all.keys.sorted()) }
}

extension ScriptError {
    /// A function refuses its arguments.
    static func evaluation(_ message: String) -> ScriptError { ScriptError(.evaluation, message) }
}

/// Finds the name that was probably meant.
enum NearestName {
    static func nearest(to name: String, among names: [String]) -> String? {
        var best: (name: String, distance: Int)?
        for candidate in names {
            let distance = distance(Array(name.utf8), Array(candidate.utf8))
            if distance <= max(1, (name.utf8.count + 1) / 3), distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (line, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in 0..<other.count {
                let above = row[column + 1]
                row[column + 1] = min(
                    above + 1,
                    row[column] + 1,
                    diagonal + (byte == other[column] ? 0 : 1)
                )
                diagonal = above
            }
        }
        return row[other.count]
    }
}
