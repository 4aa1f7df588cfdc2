/// Where a value came from; later cases outrank earlier ones.
package enum ConfigurationSource: Sendable, Hashable, CustomStringConvertible {
    case standard
    case file(String, line: Int)
    case variable(String)
    case flag(String)

    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let name, let line): "\(name):\(line)"
        case .variable(let name): "variable \(name)"
        case .flag(let name): "flag \(name)"
        }
    }

    var rank: Int {
        switch self {
        case .standard: 0
        case .file: 1
        case .variable: 2
        case .flag: 3
        }
    }
}

/// One thing that is wrong with a configuration: the value, where it came from, and what would be accepted.
package struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// The key; nil when a line could not be read at all.
    package let key: String?
    /// The value as given, but for secrets; nil when there is none.
    package let value: String?
    package let source: ConfigurationSource
    package let reason: String?
    /// What is accepted, or what to do.
    package let accepted: String?

    init(
        _ reason: String?,
        key: String? = nil,
        value: String? = nil,
        at source: ConfigurationSource,
        accepted: String? = nil
    ) {
        self.key = key
        self.value = value
        self.source = source
        self.reason = reason
        self.accepted = accepted
    }

    package var description: String {
        let name = key.map { key in value.map { "\(key)=\($0) (\(source))" } ?? "\(key) (\(source))" } ?? "\(source)"
        let rest = [reason, accepted.map { "accepted: \($0)" }].compactMap(\.self)
        return "\(name): \(rest.joined(separator: "; "))"
    }
}

/// Everything that is wrong with a configuration, in the order of its sources.
package struct ConfigurationError: Error, Sendable {
    package let problems: [ConfigurationProblem]

    package init(_ problems: [ConfigurationProblem]) { self.problems = problems }
}
