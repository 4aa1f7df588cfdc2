/// Reads a regular expression and builds its machine.
struct PatternParser {
    private let source: [Unicode.Scalar]
    private var place = 0
    private var depth = 0
    private var groupCount = 1
    private var groupNames: [String: Int] = [:]
    private var ignoresCase = false
    private var dotMatchesAll = false
    private var isMultiline = false

    private indirect enum Tree {
        case empty
        case scalars(ScalarClass)
        case sequence([Tree])
        case choice([Tree])
        case repetition(Tree, low: Int, high: Int?, isLazy: Bool)
        case group(Int, Tree)
        case assertion(PatternMachine.Assertion)
    }

    /// More instructions than this are refused: `(a{1000}){1000}`.
    private static let longest = 100_000

    static func parse(_ text: String) throws(ScriptError) -> PatternMachine {
        var parser = PatternParser(source: Array(text.unicodeScalars))
        let tree = try parser.choice()
        guard parser.place == parser.source.count else { throw parser.error("unopened group") }
        var instructions: [PatternMachine.Instruction] = []
        try parser.emit(.group(0, tree), &instructions)
        instructions.append(.match)
        return PatternMachine(
            instructions: instructions,
            groupCount: parser.groupCount,
            groupNames: parser.groupNames
        )
    }

    private init(source: [Unicode.Scalar]) { self.source = source }

    private func error(_ message: String) -> ScriptError {
        .evaluation("The string cannot be interpreted as regex: \(message) at \(place)")
    }

    private var next: Unicode.Scalar? { place < source.count ? source[place] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        place += 1
        return true
    }

    // MARK: Reading

    private mutating func choice() throws(ScriptError) -> Tree {
        depth += 1
        defer { depth -= 1 }
        guard depth < 200 else { throw error("nested too deeply") }
        var choices = [try sequence()]
        while take("|") { choices.append(try sequence()) }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func sequence() throws(ScriptError) -> Tree {
        var items: [Tree] = []
        while let scalar = next, scalar != "|", scalar != ")" { items.append(try repeated(try item())) }
        return .sequence(items)
    }

    private mutating func repeated(_ item: Tree) throws(ScriptError) -> Tree {
        var tree = item
        while let scalar = next {
            var low = 0
            var high: Int?
            switch scalar {
            case "*": place += 1
            case "+":
                place += 1
                low = 1
            case "?":
                place += 1
                high = 1
            case "{":
                guard let bounds = try bounds() else { return tree }
                (low, high) = bounds
            default: return tree
            }
            tree = .repetition(tree, low: low, high: high, isLazy: take("?"))
        }
        return tree
    }

    private mutating func bounds() throws(ScriptError) -> (Int, Int?)? {
        place += 1
        guard let low = number() else { throw error("a repetition needs a number") }
        var high: Int? = low
        if take(",") { high = number() }
        guard take("}") else { throw error("unclosed counted repetition") }
        guard low <= 1000, high ?? 0 <= 1000, low <= high ?? low else { throw error("invalid repetition count") }
        return (low, high)
    }

    private mutating func number() -> Int? {
        let start = place
        while let scalar = next, ("0"..."9").contains(scalar), place - start < 6 { place += 1 }
        return Int(String(String.UnicodeScalarView(source[start..<place])))
    }

    private mutating func item() throws(ScriptError) -> Tree {
        guard let scalar = next else { return .empty }
        place += 1
        switch scalar {
        case "(": return try group()
        case "[": return .scalars(try set())
        case ".": return .scalars(dotMatchesAll ? .any : .notNewline)
        case "^": return .assertion(isMultiline ? .lineStart : .start)
        case "$": return .assertion(isMultiline ? .lineEnd : .end)
        case "\\": return try escape()
        case "*", "+", "?": throw error("repetition operator missing expression")
        default: return .scalars(single(scalar))
        }
    }

    private func single(_ scalar: Unicode.Scalar) -> ScalarClass {
        ScalarClass(ranges: [scalar.value...scalar.value], ignoresCase: ignoresCase)
    }

    private mutating func group() throws(ScriptError) -> Tree {
        let outer = (ignoresCase, dotMatchesAll, isMultiline)
        var number: Int?
        if take("?") {
            if take("P") || next == "<" {
                guard take("<") else { throw error("unrecognized group") }
                let start = place
                while let scalar = next, scalar != ">" {
                    _ = scalar
                    place += 1
                }
                let name = String(String.UnicodeScalarView(source[start..<place]))
                guard take(">"), !name.isEmpty else { throw error("invalid group name") }
                number = groupCount
                groupNames[name] = groupCount
                groupCount += 1
            } else if try flags() {
                return .empty
            }
        } else {
            number = groupCount
            groupCount += 1
        }
        let inner = try choice()
        guard take(")") else { throw error("unclosed group") }
        (ignoresCase, dotMatchesAll, isMultiline) = outer
        return number.map { .group($0, inner) } ?? inner
    }

    /// Reads `i)` or `i:`; true when the group ended there.
    private mutating func flags() throws(ScriptError) -> Bool {
        var isOn = true
        while let scalar = next {
            place += 1
            switch scalar {
            case "i": ignoresCase = isOn
            case "s": dotMatchesAll = isOn
            case "m": isMultiline = isOn
            case "-": isOn = false
            case "u", "x": break
            case ":": return false
            case ")": return true
            default: throw error("look-around, including look-ahead and look-behind, is not supported")
            }
        }
        throw error("unclosed group")
    }

    private mutating func escape() throws(ScriptError) -> Tree {
        guard let scalar = next else { throw error("incomplete escape sequence") }
        switch scalar {
        case "b", "B":
            place += 1
            return .assertion(scalar == "b" ? .boundary : .noBoundary)
        case "A", "z":
            place += 1
            return .assertion(scalar == "A" ? .start : .end)
        default: return .scalars(try escapedClass())
        }
    }

    private mutating func escapedClass() throws(ScriptError) -> ScalarClass {
        guard let scalar = next else { throw error("incomplete escape sequence") }
        place += 1
        switch scalar {
        case "d": return ScalarClass(kinds: [.digit])
        case "D": return ScalarClass(kinds: [.notDigit])
        case "w": return ScalarClass(kinds: [.word])
        case "W": return ScalarClass(kinds: [.notWord])
        case "s": return ScalarClass(kinds: [.space])
        case "S": return ScalarClass(kinds: [.notSpace])
        case "n": return single("\n")
        case "t": return single("\t")
        case "r": return single("\r")
        case "f": return single("\u{C}")
        case "v": return single("\u{B}")
        case "x", "u": return single(try codePoint(scalar == "x" ? 2 : 4))
        default:
            guard !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
                throw error(
                    ("0"..."9").contains(scalar) ? "backreferences are not supported" : "unrecognized escape sequence"
                )
            }
            return single(scalar)
        }
    }

    private mutating func codePoint(_ width: Int) throws(ScriptError) -> Unicode.Scalar {
        let isBraced = take("{")
        let start = place
        while let scalar = next, scalar.properties.isASCIIHexDigit, isBraced || place - start < width { place += 1 }
        let digits = String(String.UnicodeScalarView(source[start..<place]))
        guard let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code), !isBraced || take("}") else {
            throw error("invalid hexadecimal escape")
        }
        return scalar
    }

    private mutating func set() throws(ScriptError) -> ScalarClass {
        var set = ScalarClass(ignoresCase: ignoresCase)
        set.isNegated = take("^")
        var isFirst = true
        while let scalar = next {
            place += 1
            if scalar == "]", !isFirst { return set }
            isFirst = false
            if scalar == "[", take(":") {
                try named(into: &set)
                continue
            }
            var low = single(scalar)
            if scalar == "\\" { low = try escapedClass() }
            guard let first = low.ranges.first?.lowerBound, low.kinds.isEmpty else {
                set.kinds += low.kinds
                continue
            }
            guard next == "-", place + 1 < source.count, source[place + 1] != "]" else {
                set.ranges.append(first...first)
                continue
            }
            place += 1
            guard let end = next else { break }
            place += 1
            let high = end == "\\" ? try escapedClass() : single(end)
            guard let last = high.ranges.first?.lowerBound, last >= first else {
                throw error("invalid character class range")
            }
            set.ranges.append(first...last)
        }
        throw error("unclosed character class")
    }

    private mutating func named(into set: inout ScalarClass) throws(ScriptError) {
        let start = place
        while let scalar = next, scalar.properties.isAlphabetic { place += 1 }
        let name = String(String.UnicodeScalarView(source[start..<place]))
        guard take(":"), take("]") else { throw error("unclosed character class") }
        switch name {
        case "alpha": set.ranges += [65...90, 97...122]
        case "digit": set.ranges += [48...57]
        case "alnum": set.ranges += [48...57, 65...90, 97...122]
        case "upper": set.ranges += [65...90]
        case "lower": set.ranges += [97...122]
        case "space": set.ranges += [9...13, 32...32]
        case "punct": set.ranges += [33...47, 58...64, 91...96, 123...126]
        case "word": set.ranges += [48...57, 65...90, 95...95, 97...122]
        case "xdigit": set.ranges += [48...57, 65...70, 97...102]
        default: throw error("unrecognized class \(name)")
        }
    }

    // MARK: Building

    private func emit(_ tree: Tree, _ out: inout [PatternMachine.Instruction]) throws(ScriptError) {
        guard out.count < Self.longest else { throw error("the pattern is too large") }
        switch tree {
        case .empty: break
        case .scalars(let set): out.append(.scalars(set))
        case .sequence(let items): for item in items { try emit(item, &out) }
        case .assertion(let assertion): out.append(.assert(assertion))
        case .group(let number, let inner):
            out.append(.save(number * 2))
            try emit(inner, &out)
            out.append(.save(number * 2 + 1))
        case .choice(let choices):
            var ends: [Int] = []
            for (index, choice) in choices.enumerated() {
                guard index < choices.count - 1 else {
                    try emit(choice, &out)
                    break
                }
                let split = out.count
                out.append(.match)
                try emit(choice, &out)
                ends.append(out.count)
                out.append(.match)
                out[split] = .split(split + 1, out.count)
            }
            for end in ends { out[end] = .jump(out.count) }
        case .repetition(let inner, let low, let high, let isLazy):
            for _ in 0..<low { try emit(inner, &out) }
            guard let high else { return try emitLoop(inner, isLazy, &out) }
            var splits: [Int] = []
            for _ in 0..<(high - low) {
                splits.append(out.count)
                out.append(.match)
                try emit(inner, &out)
            }
            for split in splits {
                out[split] = isLazy ? .split(out.count, split + 1) : .split(split + 1, out.count)
            }
        }
    }

    private func emitLoop(
        _ inner: Tree,
        _ isLazy: Bool,
        _ out: inout [PatternMachine.Instruction]
    ) throws(ScriptError) {
        let split = out.count
        out.append(.match)
        try emit(inner, &out)
        out.append(.jump(split))
        out[split] = isLazy ? .split(out.count, split + 1) : .split(split + 1, out.count)
    }
}

/// A text as the machine reads it.
struct PatternText {
    let scalars: [Unicode.Scalar]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    func part(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])) }
}

extension Pattern {
    init(_ source: String) throws(ScriptError) {
        self.init(source: source, machine: try PatternParser.parse(source))
    }

    struct Match {
        let groups: [Int?]

        var range: Range<Int> { (groups[0] ?? 0)..<(groups[1] ?? 0) }
    }

    func firstMatch(in text: PatternText, from start: Int = 0) -> Match? {
        machine.firstMatch(in: text.scalars, from: start).map(Match.init)
    }

    func matches(in text: PatternText) -> [Match] {
        var matches: [Match] = []
        var place = 0
        var lastEnd = -1
        while place <= text.scalars.count, let match = firstMatch(in: text, from: place) {
            let range = match.range
            if range.isEmpty, range.lowerBound == lastEnd {
                place = range.upperBound + 1
                continue
            }
            matches.append(match)
            lastEnd = range.upperBound
            place = range.isEmpty ? range.upperBound + 1 : range.upperBound
        }
        return matches
    }

    /// The text with matches replaced; `$1` and `$name` in the replacement are groups.
    func replacing(in text: PatternText, with replacement: String, all: Bool) -> String {
        var result = ""
        var end = 0
        for match in all ? matches(in: text) : firstMatch(in: text).map({ [$0] }) ?? [] {
            result += text.part(end..<match.range.lowerBound)
            result += expanded(replacement, match, text)
            end = match.range.upperBound
        }
        return result + text.part(end..<text.scalars.count)
    }

    private func expanded(_ replacement: String, _ match: Match, _ text: PatternText) -> String {
        var result = String.UnicodeScalarView()
        let scalars = Array(replacement.unicodeScalars)
        var place = 0
        while place < scalars.count {
            guard scalars[place] == "$", place + 1 < scalars.count else {
                result.append(scalars[place])
                place += 1
                continue
            }
            if scalars[place + 1] == "$" {
                result.append("$")
                place += 2
                continue
            }
            let isBraced = scalars[place + 1] == "{"
            var end = place + (isBraced ? 2 : 1)
            let start = end
            while end < scalars.count, isBraced ? scalars[end] != "}" : ScalarClass.word.contains(scalars[end]) {
                end += 1
            }
            guard end > start else {
                result.append("$")
                place += 1
                continue
            }
            let name = String(String.UnicodeScalarView(scalars[start..<end]))
            if let group = Int(name) ?? machine.groupNames[name], group * 2 + 1 < match.groups.count,
                let from = match.groups[group * 2], let to = match.groups[group * 2 + 1]
            {
                result.append(contentsOf: text.scalars[from..<to])
            }
            place = end + (isBraced ? 1 : 0)
        }
        return String(result)
    }
}
