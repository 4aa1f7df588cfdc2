internal import ProcessDriver

/// What the configuration reads: the environment and files.
extension CommandContext {
    /// The configuration in effect, or everything that is wrong with it.
    func loadConfiguration() throws(ConfigurationError) -> LoadedConfiguration {
        var sources = LoadedConfiguration.Sources(
            variable: RunningProcess.variable,
            variableNames: RunningProcess.variableNames,
            flags: flags
        )
        let variable = RunningProcess.variable(Setting.fileVariable).flatMap { $0.isEmpty ? nil : $0 }
        if let file = configurationFile ?? variable {
            do throws(Unacceptable) {
                guard let bytes = try Self.read(file, 1 << 20) else { throw Unacceptable("it is larger than 1 MiB") }
                sources.file = (file, bytes)
            } catch {
                let source: ConfigurationSource =
                    configurationFile == nil ? .variable(Setting.fileVariable) : .flag(Setting.fileFlag)
                throw ConfigurationError([
                    ConfigurationProblem(
                        error.reason,
                        key: Setting.fileVariable,
                        value: file,
                        at: source,
                        accepted: "a file that can be read"
                    )
                ])
            }
        }
        return try LoadedConfiguration(sources)
    }

    /// Reads a whole file; nil when it is larger than `limit`.
    static func read(_ path: String, _ limit: Int) throws(Unacceptable) -> [UInt8]? {
        do {
            return try ByteSource(path: path).all(limit: limit)
        } catch {
            throw Unacceptable("\(error)")
        }
    }
}
