/// How strict a start is about what it was given.
package enum Profile: String, ConfigurationWord { case development, staging, production }

/// How a line of the log is written.
package enum LogFormat: String, ConfigurationWord { case text, json }

/// Which lines of the log are written: this level and those after it.
package enum LogLevel: String, ConfigurationWord, Comparable {
    case debug, info, warning, error

    package static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }
}

/// Whether something that is dangerous was asked for by name.
package enum Consent: String, ConfigurationWord {
    case refused = "0"
    case given = "1"
}
