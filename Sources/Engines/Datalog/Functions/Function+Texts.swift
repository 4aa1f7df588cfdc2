@_spi(_Unicode) private import Swift

// Texts, and what regular expressions find in them.
extension Function {
    static let texts: [Function] = [
        Function("concat", 1, variadic: true) { arguments, _ throws(ScriptError) in try concatenation(arguments) },
        Function("str_includes", 2) { arguments, _ throws(ScriptError) in
            guard case (.text(let text), .text(let part)) = (arguments[0], arguments[1]) else {
                throw .evaluation("'str_includes' requires strings")
            }
            return .bool(includes(Array(text.utf8), Array(part.utf8)))
        },
        text("lowercase") { .text($0.lowercased()) },
        text("uppercase") { .text($0.uppercased()) },
        text("trim") { .text(trimmed($0, start: true, end: true)) },
        text("trim_start") { .text(trimmed($0, start: true, end: false)) },
        text("trim_end") { .text(trimmed($0, start: false, end: true)) },
        text("chars") { .list($0.unicodeScalars.map { .text(String($0)) }) },
        affix("starts_with") { $0.starts(with: $1) },
        affix("ends_with") { $0.reversed().starts(with: $1.reversed()) },
        Function("slice_string", 3) { arguments, _ throws(ScriptError) in
            guard case .text(let text) = arguments[0] else {
                throw .evaluation("first argument to 'slice_string' mut be a string")
            }
            guard let from = arguments[1].wholeNumber, from >= 0 else {
                throw .evaluation("second argument to 'slice_string' mut be a positive integer")
            }
            guard let to = arguments[2].wholeNumber, to >= from else {
                throw .evaluation(
                    "third argument to 'slice_string' mut be a positive integer greater than the second argument"
                )
            }
            let scalars = text.unicodeScalars.dropFirst(Int(from)).prefix(Int(to - from))
            return .text(String(String.UnicodeScalarView(scalars)))
        },
        Function("from_substrings", 1) { arguments, _ throws(ScriptError) in
            guard let parts = arguments[0].elements else {
                throw .evaluation("'from_substring' requires a list of strings")
            }
            var whole = ""
            for part in parts {
                guard case .text(let text) = part else {
                    throw .evaluation("'from_substring' requires a list of strings")
                }
                whole += text
            }
            return .text(whole)
        },
        Function("unicode_normalize", 2) { arguments, _ throws(ScriptError) in
            guard case (.text(let text), .text(let form)) = (arguments[0], arguments[1]) else {
                throw .evaluation("'unicode_normalize' requires strings")
            }
            switch form {
            case "nfc": return .text(String(String.UnicodeScalarView(text._nfc)))
            case "nfd": return .text(String(String.UnicodeScalarView(text._nfd)))
            case "nfkc", "nfkd": throw ScriptError(.unsupported, "unicode_normalize to \(form) is not supported yet")
            default: throw .evaluation("unknown normalization \(form) for 'unicode_normalize'")
            }
        },
        Function("t2s", 1) { _, _ throws(ScriptError) in
            throw ScriptError(.unsupported, "t2s (traditional to simplified Chinese) is not supported yet")
        },
    ]

    private static func text(_ name: String, _ change: @escaping @Sendable (String) -> Datum) -> Function {
        Function(name, 1) { arguments, _ throws(ScriptError) in
            guard case .text(let text) = arguments[0] else { throw .evaluation("'\(name)' requires strings") }
            return change(text)
        }
    }

    private static func affix(
        _ name: String,
        _ holds: @escaping @Sendable ([UInt8], [UInt8]) -> Bool
    ) -> Function {
        Function(name, 2) { arguments, _ throws(ScriptError) in
            switch (arguments[0], arguments[1]) {
            case (.text(let text), .text(let part)): return .bool(holds(Array(text.utf8), Array(part.utf8)))
            case (.bytes(let bytes), .bytes(let part)): return .bool(holds(bytes, part))
            default: throw .evaluation("'\(name)' requires strings or bytes")
            }
        }
    }

    private static func includes(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard part.count <= text.count else { return false }
        return (0...text.count - part.count).contains { text[$0..<$0 + part.count].elementsEqual(part) }
    }

    private static func trimmed(_ text: String, start: Bool, end: Bool) -> String {
        var scalars = text.unicodeScalars[...]
        if start { scalars = scalars.drop(while: \.properties.isWhitespace) }
        while end, let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func concatenation(_ arguments: [Datum]) throws(ScriptError) -> Datum {
        switch arguments[0] {
        case .text:
            var whole = ""
            for argument in arguments {
                guard case .text(let text) = argument else {
                    throw .evaluation("'concat' requires strings, or lists")
                }
                whole += text
            }
            return .text(whole)
        case .list, .set:
            var whole: [Datum] = []
            for argument in arguments {
                guard let elements = argument.elements else {
                    throw .evaluation("'concat' requires strings, or lists")
                }
                whole += elements
            }
            return .list(whole)
        case .json:
            var whole = JSONTree.null
            for argument in arguments {
                guard case .json(let tree) = argument else {
                    throw .evaluation("'concat' requires strings, lists, or JSON objects")
                }
                whole = whole.merged(with: tree)
            }
            return .json(whole)
        default: throw .evaluation("'concat' requires strings, lists, or JSON objects")
        }
    }

    // MARK: Patterns

    static let patterns: [Function] = [
        Function("regex", 1) { arguments, _ throws(ScriptError) in
            switch arguments[0] {
            case .regex: return arguments[0]
            case .text(let source): return .regex(try Pattern(source))
            default: throw .evaluation("'regex' requires strings")
            }
        },
        matching("regex_matches") { text, pattern in .bool(pattern.firstMatch(in: text) != nil) },
        matching("regex_extract") { text, pattern in
            .list(pattern.matches(in: text).map { .text(text.part($0.range)) })
        },
        matching("regex_extract_first") { text, pattern in
            pattern.firstMatch(in: text).map { .text(text.part($0.range)) } ?? .null
        },
        replacing("regex_replace", all: false), replacing("regex_replace_all", all: true),
    ]

    private static func matching(
        _ name: String,
        _ find: @escaping @Sendable (PatternText, Pattern) -> Datum
    ) -> Function {
        Function(name, 2) { arguments, _ throws(ScriptError) in
            guard case (.text(let text), .regex(let pattern)) = (arguments[0], arguments[1]) else {
                throw .evaluation("'\(name)' requires strings")
            }
            return find(PatternText(text), pattern)
        }
    }

    private static func replacing(_ name: String, all: Bool) -> Function {
        Function(name, 3) { arguments, _ throws(ScriptError) in
            guard
                case (.text(let text), .regex(let pattern), .text(let replacement)) = (
                    arguments[0], arguments[1], arguments[2]
                )
            else { throw .evaluation("'regex_replace' requires strings") }
            return .text(pattern.replacing(in: PatternText(text), with: replacement, all: all))
        }
    }
}
