extension Setting {
    /// Every key of the configuration, in the order of the default file.
    package static let all: [Setting] = [
        Setting("HOST", \.host),
        Setting("PORT", \.port),
        Setting("PRIMA_READY_FILE", \.readyFile),

        Setting("PRIMA_DATA", \.data),
        Setting("PRIMA_RETAIN", \.retention),
        Setting("PRIMA_MASTER_KEY_FILE", \.masterKeyFile),

        Setting("PRIMA_PROFILE", \.profile),
        Setting("PRIMA_TOKEN", \.token),
        Setting("PRIMA_TOKEN_FILE", \.tokenFile),
        Setting("PRIMA_INSECURE", \.insecure),
        Setting("CORS_ORIGINS", \.origins),
        Setting("JWT_SECRET", \.tokenSigningSecret),

        Setting("TLS_CERT", \.certificateFile),
        Setting("TLS_KEY", \.privateKeyFile),
        Setting("TLS_PORT", \.securePort),

        Setting("DATABASE_URL", \.database, lacking: ["postgres": "PostgreSQL", "postgresql": "PostgreSQL"]),
        Setting("REDIS_URL", \.cache, lacking: ["redis": "Redis", "rediss": "Redis"]),
        Setting("REDIS_HOST", names: "Redis"),
        Setting("REDIS_PORT", names: "Redis"),
        Setting("REDIS_PASSWORD", names: "Redis"),
        Setting("QDRANT_URL", \.sensory, lacking: ["http": "Qdrant", "https": "Qdrant"]),
        Setting("COZO_URL", \.reasoning, lacking: ["http": "CozoDB", "https": "CozoDB"]),

        Setting("PRIMA_QDRANT_PORT", \.qdrantPort),
        Setting("PRIMA_COZO_PORT", \.cozoPort),

        Setting("PRIMA_LIMIT_FIELD_UPDATE", \.fieldUpdateLimit),
        Setting("PRIMA_LIMIT_SACRED_PHRASE", \.sacredPhraseLimit),
        Setting("PRIMA_LIMIT_SYNC_BATCH", \.syncBatchLimit),
        Setting("PRIMA_LIMIT_ENTANGLEMENT", \.entanglementLimit),
        Setting("PRIMA_LIMIT_ROOM64_ACTION", \.roomActionLimit),
        Setting("PRIMA_LIMIT_ARCHAEOLOGY", \.archaeologyLimit),
        Setting("PRIMA_LIMIT_CHAT_MESSAGE", \.chatMessageLimit),

        Setting("PRIMA_REGION", \.region),
        Setting("PRIMA_DRAIN_SECONDS", \.drainSeconds),
        Setting("PRIMA_LIMITS", \.limits),
        Setting("PRIMA_LOG", \.logFormat),
        Setting("PRIMA_LOG_LEVEL", \.logLevel),
        Setting("OTEL_EXPORTER_OTLP_ENDPOINT", \.telemetry),
    ]

    /// The variable that names the file; the flag is `--config`.
    package static let fileVariable = "PRIMA_CONFIG"
    package static let fileFlag = "--config"

    private static let prefix = "PRIMA_"
    /// What the tools around the program read, after the prefix: where its tests find it, how long they run.
    private static let toolVariables = ["BINARY", "WRITE_PAGES"]
    private static let toolFamilies = ["SOAK_", "BENCH_"]

    /// Whether a variable looks like one of ours and is none.
    static func isMisspelt(variable name: String) -> Bool {
        guard name.hasPrefix(prefix), named(name) == nil, name != fileVariable else { return false }
        let rest = String(name.dropFirst(prefix.count))
        return !toolVariables.contains(rest) && !toolFamilies.contains(where: rest.hasPrefix)
    }

    package static func named(_ key: String) -> Setting? { all.first { $0.key == key } }
    package static func flagged(_ flag: String) -> Setting? { all.first { $0.flag == flag } }
}
