/// A JSON document whose fields keep their order: what `--json` prints.
package indirect enum Report: Sendable, Hashable {
    case none
    case flag(Bool)
    case number(Int64)
    /// A number that is written with three decimal places.
    case thousandths(Int64)
    case text(String)
    case list([Report])
    case fields([Field])

    package struct Field: Sendable, Hashable {
        let name: String
        let value: Report

        init(_ name: String, _ value: Report) {
            self.name = name
            self.value = value
        }
    }

    /// The document on one line.
    package var json: String {
        switch self {
        case .none: "null"
        case .flag(let flag): flag ? "true" : "false"
        case .number(let number): String(number)
        case .thousandths(let number):
            "\(number / 1000)." + String(String(1000 + abs(number % 1000)).dropFirst())
        case .text(let text): Self.quoted(text)
        case .list(let reports): "[\(reports.map(\.json).joined(separator: ", "))]"
        case .fields(let fields):
            "{\(fields.map { "\(Self.quoted($0.name)): \($0.value.json)" }.joined(separator: ", "))}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\0"..."\u{1F}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension Report: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral {
    package init(dictionaryLiteral elements: (String, Report)...) {
        self = .fields(elements.map { Field($0.0, $0.1) })
    }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(booleanLiteral value: Bool) { self = .flag(value) }
}

/// How a command prints its results.
package enum OutputStyle: Sendable { case text, json }
