/// A configuration, and where each of its values came from.
package struct LoadedConfiguration: Sendable {
    package private(set) var configuration = Configuration()
    /// By key; a key that stands nowhere but in the default file is `standard`.
    private var sources: [String: ConfigurationSource] = [:]

    /// What the three sources above the default file say.
    package struct Sources: Sendable {
        /// A file's name and content.
        package var file: (name: String, bytes: [UInt8])?
        /// The value of a variable; nil when it is not set.
        package var variable: @Sendable (String) -> String?
        /// The names of all variables that are set.
        package var variableNames: [String]
        /// Flags with their values, in the order given.
        package var flags: [(flag: String, text: String)]

        package init(
            file: (name: String, bytes: [UInt8])? = nil,
            variable: @escaping @Sendable (String) -> String? = { _ in nil },
            variableNames: [String] = [],
            flags: [(flag: String, text: String)] = []
        ) {
            self.file = file
            self.variable = variable
            self.variableNames = variableNames
            self.flags = flags
        }
    }

    /// Merges the sources; throws every problem that they have, at once.
    package init(_ given: Sources) throws(ConfigurationError) {
        var problems: [ConfigurationProblem] = []
        let defaults = ConfigurationFile(Array(Configuration.defaultFile.utf8), name: "default file")
        precondition(defaults.problems.isEmpty, "the default file can be read")
        for entry in defaults.entries { take(entry.key, entry.text, .standard, &problems) }
        if let file = given.file {
            let lines = ConfigurationFile(file.bytes, name: file.name)
            problems += lines.problems
            for entry in lines.entries { take(entry.key, entry.text, .file(file.name, line: entry.line), &problems) }
        }
        for setting in Setting.all {
            guard let text = given.variable(setting.key) else { continue }
            take(setting.key, text, .variable(setting.key), &problems)
        }
        for name in given.variableNames.sorted() where Setting.isMisspelt(variable: name) {
            problems.append(Self.unknown(name, .variable(name)))
        }
        for (flag, text) in given.flags {
            guard let setting = Setting.flagged(flag) else { preconditionFailure("flags were matched with settings") }
            guard !text.isEmpty else {
                problems.append(Self.problem(setting, "", "it is empty", .flag(flag)))
                continue
            }
            take(setting.key, text, .flag(flag), &problems)
        }
        problems += ruleProblems
        guard problems.isEmpty else { throw ConfigurationError(problems) }
    }

    /// Where the value in effect came from.
    package func source(of key: String) -> ConfigurationSource { sources[key] ?? .standard }

    /// Takes one text for one key; an empty one says nothing.
    private mutating func take(
        _ key: String,
        _ text: String,
        _ source: ConfigurationSource,
        _ problems: inout [ConfigurationProblem]
    ) {
        guard let setting = Setting.named(key) else {
            problems.append(Self.unknown(key, source))
            return
        }
        guard !text.isEmpty else { return }
        do {
            try setting.assign(text, &configuration)
            sources[key] = source
        } catch {
            problems.append(Self.problem(setting, text, error.reason, source))
        }
    }

    private static func problem(
        _ setting: Setting,
        _ text: String,
        _ reason: String?,
        _ source: ConfigurationSource
    ) -> ConfigurationProblem {
        ConfigurationProblem(
            reason,
            key: setting.key,
            value: setting.mask(text),
            at: source,
            accepted: setting.accepted
        )
    }

    private static func unknown(_ key: String, _ source: ConfigurationSource) -> ConfigurationProblem {
        if key == Setting.fileVariable {
            return ConfigurationProblem("a file cannot name another", key: key, at: source)
        }
        let nearest = NearestName.of(key, among: Setting.all.map(\.key) + [Setting.fileVariable])
        let hint = nearest.map { "did you mean \($0)?" } ?? "prima config --default lists every key"
        return ConfigurationProblem("there is no such key; \(hint)", key: key, at: source)
    }
}
