/// One key of the configuration: its name in files and in the environment, its flag, and what it may hold.
package struct Setting: Sendable {
    /// The name in a file and in the environment.
    package let key: String
    /// The name on the command line; nil for secrets, which the list of processes would show.
    package let flag: String?
    /// What is accepted, in the words of an error message.
    package let accepted: String
    /// How a text that was given is shown in messages.
    package let mask: @Sendable (String) -> String
    /// Takes a text that is not empty.
    package let assign: @Sendable (String, inout Configuration) throws(Unacceptable) -> Void
    /// The value in effect, without what must stay secret; nil when there is none.
    package let shown: @Sendable (Configuration) -> String?

    /// A setting that always has a value.
    init<Value: ConfigurationValue>(_ key: String, _ path: any (WritableKeyPath<Configuration, Value> & Sendable)) {
        self.init(
            key,
            isSecret: Value.self == Secret.self,
            accepted: Value.accepted,
            mask: { $0 },
            assign: { text, configuration throws(Unacceptable) in
                configuration[keyPath: path] = try Value(configured: text)
            },
            shown: { $0[keyPath: path].shown }
        )
    }

    /// A setting that may have no value.
    init<Value: ConfigurationValue>(_ key: String, _ path: any (WritableKeyPath<Configuration, Value?> & Sendable)) {
        let isSecret = Value.self == Secret.self
        self.init(
            key,
            isSecret: isSecret,
            accepted: Value.accepted,
            mask: { isSecret ? "********" : $0 },
            assign: { text, configuration throws(Unacceptable) in
                configuration[keyPath: path] = try Value(configured: text)
            },
            shown: { $0[keyPath: path]?.shown }
        )
    }

    /// The URL of a store; `engines` are, by scheme, those that this build lacks.
    init(
        _ key: String,
        _ path: any (WritableKeyPath<Configuration, StoreChoice> & Sendable),
        lacking engines: [String: String]
    ) {
        self.init(
            key,
            isSecret: false,
            accepted: "nothing (the embedded engine), or file:///folder (the same, in that folder)",
            mask: URLText.masked,
            assign: { text, configuration throws(Unacceptable) in
                configuration[keyPath: path] = try StoreChoice.parse(text, others: engines)
            },
            shown: { $0[keyPath: path].shown }
        )
    }

    /// Part of an address of an engine that this build lacks.
    init(_ key: String, names engine: String) {
        self.init(
            key,
            isSecret: false,
            accepted: "nothing",
            mask: { _ in "********" },
            assign: { _, _ throws(Unacceptable) in
                throw Unacceptable("this names \(engine), an engine that this build lacks")
            },
            shown: { _ in nil }
        )
    }

    private init(
        _ key: String,
        isSecret: Bool,
        accepted: String,
        mask: @escaping @Sendable (String) -> String,
        assign: @escaping @Sendable (String, inout Configuration) throws(Unacceptable) -> Void,
        shown: @escaping @Sendable (Configuration) -> String?
    ) {
        let words = (key.hasPrefix("PRIMA_") ? String(key.dropFirst(6)) : key).lowercased()
        self.key = key
        flag = isSecret ? nil : "--" + String(words.map { $0 == "_" ? "-" : $0 })
        self.accepted = accepted
        self.mask = mask
        self.assign = assign
        self.shown = shown
    }
}
