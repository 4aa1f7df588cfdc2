/// What several values must say together.
extension LoadedConfiguration {
    /// What no command can work with.
    var ruleProblems: [ConfigurationProblem] { tokenProblems + securityProblems }

    /// What a server must not start with; other commands work.
    package var servingProblems: [ConfigurationProblem] {
        var problems = portProblems + missingFeatureProblems
        guard configuration.token == nil, configuration.tokenFile == nil else { return problems }
        if configuration.profile == .production {
            problems.append(
                problem(
                    "PRIMA_PROFILE",
                    "production needs a token",
                    remedy: "PRIMA_TOKEN or PRIMA_TOKEN_FILE with it, or another profile"
                )
            )
        }
        if !configuration.host.isLoopback, configuration.insecure == .refused {
            problems.append(
                problem(
                    "HOST",
                    "without a token only this machine may connect",
                    remedy: "PRIMA_TOKEN or PRIMA_TOKEN_FILE with it; or HOST=127.0.0.1; or PRIMA_INSECURE=1, which "
                        + "lets everyone in who reaches it"
                )
            )
        }
        return problems
    }

    /// The folder that holds the ledger and the views.
    package var ledgerFolder: FolderPath {
        guard case .folder(let folder) = configuration.database else { return configuration.data }
        let isOutranked = source(of: "PRIMA_DATA").rank > source(of: "DATABASE_URL").rank
        return isOutranked && source(of: "PRIMA_DATA").rank == 3 ? configuration.data : folder
    }

    /// One port speaks either TLS or not.
    private var portProblems: [ConfigurationProblem] {
        guard let port = configuration.securePort, port.number != 0, port == configuration.port else { return [] }
        let remedy = "another port; or no TLS_PORT, and PORT speaks TLS alone"
        return [problem("TLS_PORT", "PORT is the same", remedy: remedy)]
    }

    /// Settings of what this build does not have: a value other than the default would change nothing.
    private var missingFeatureProblems: [ConfigurationProblem] {
        let standard = Configuration()
        let missing = [
            "REDIS_URL": "a cache", "QDRANT_URL": "a view of what resembles what",
            "COZO_URL": "a view of what follows from what", "PRIMA_QDRANT_PORT": "a door for Qdrant's protocol",
            "PRIMA_COZO_PORT": "a door for Cozo's protocol", "OTEL_EXPORTER_OTLP_ENDPOINT": "telemetry to send",
        ]
        return Setting.all.compactMap { setting in
            guard let feature = missing[setting.key],
                setting.shown(configuration) != setting.shown(standard)
            else { return nil }
            let remedy = setting.shown(standard).map { "\($0), which stands for later" } ?? "nothing"
            return problem(setting.key, "this build does not have \(feature)", remedy: remedy)
        }
    }

    private var tokenProblems: [ConfigurationProblem] {
        let token = source(of: "PRIMA_TOKEN")
        let file = source(of: "PRIMA_TOKEN_FILE")
        guard configuration.token != nil, configuration.tokenFile != nil, token.rank == file.rank else { return [] }
        return [problem("PRIMA_TOKEN_FILE", "PRIMA_TOKEN is set too (\(token))", remedy: "one of the two")]
    }

    private var securityProblems: [ConfigurationProblem] {
        let certificate = configuration.certificateFile != nil
        let key = configuration.privateKeyFile != nil
        var problems: [ConfigurationProblem] = []
        if certificate != key {
            let (given, missing) = certificate ? ("TLS_CERT", "TLS_KEY") : ("TLS_KEY", "TLS_CERT")
            problems.append(problem(given, "\(missing) is missing", remedy: "both or none"))
        }
        if configuration.securePort != nil, !certificate {
            problems.append(problem("TLS_PORT", "there is no certificate", remedy: "TLS_CERT and TLS_KEY with it"))
        }
        return problems
    }

    private func problem(_ key: String, _ reason: String, remedy: String) -> ConfigurationProblem {
        ConfigurationProblem(
            reason,
            key: key,
            value: Setting.named(key)?.shown(configuration),
            at: source(of: key),
            accepted: remedy
        )
    }
}
