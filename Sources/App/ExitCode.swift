/// How a command ended, as the process says it.
package enum ExitCode: Int32, Sendable {
    case done = 0
    /// It failed, or a check found a difference.
    case failed = 1
    case wrongUsage = 2
    case badData = 65
    case missingDependency = 69
    /// The data folder cannot be used: locked, read-only, foreign.
    case unusableFolder = 73
    case badConfiguration = 78
}

/// Why a command stops: what to say, and how the process ends.
package struct CommandFailure: Error, Sendable {
    package let code: ExitCode
    package let message: String
    /// What to do about it; nil when the message says it all.
    package let remedy: String?

    package init(_ code: ExitCode, _ message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }
}
