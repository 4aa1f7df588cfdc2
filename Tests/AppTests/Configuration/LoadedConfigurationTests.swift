import Testing

@testable import App

/// The sources, their order, and what is said when they are wrong.
@Suite struct LoadedConfigurationTests {
    private func load(
        file: String? = nil,
        _ variables: [String: String] = [:],
        flags: [(flag: String, text: String)] = []
    ) throws(ConfigurationError) -> LoadedConfiguration {
        try LoadedConfiguration(
            LoadedConfiguration.Sources(
                file: file.map { ("my.conf", Array($0.utf8)) },
                variable: { variables[$0] },
                variableNames: Array(variables.keys),
                flags: flags
            )
        )
    }

    private func problems(
        file: String? = nil,
        _ variables: [String: String] = [:],
        flags: [(flag: String, text: String)] = []
    ) -> [ConfigurationProblem] {
        do {
            return try load(file: file, variables, flags: flags).servingProblems
        } catch {
            return error.problems
        }
    }

    @Test("The default file says what the type says, about every key and in the same order")
    func defaults() throws {
        let loaded = try load()
        #expect(loaded.configuration == Configuration())
        let keys = ConfigurationFile(Array(Configuration.defaultFile.utf8), name: "default").entries.map(\.key)
        #expect(keys == Setting.all.map(\.key))
        for setting in Setting.all { #expect(loaded.source(of: setting.key) == .standard) }
        #expect(Configuration.defaultFile.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test("Each source outranks those before it")
    func precedence() throws {
        let file = "# mine\n\nPORT = 1\n"
        #expect(try load(file: file).configuration.port == Port(1))
        #expect(try load(file: file).source(of: "PORT") == .file("my.conf", line: 3))
        #expect(try load(file: file, ["PORT": "2"]).configuration.port == Port(2))
        #expect(try load(file: file, ["PORT": "2"]).source(of: "PORT") == .variable("PORT"))
        let all = try load(file: file, ["PORT": "2"], flags: [("--port", "3")])
        #expect(all.configuration.port == Port(3))
        #expect(all.source(of: "PORT") == .flag("--port"))
        #expect(try load(["PORT": "2"]).configuration.port == Port(2))
        #expect(try load(flags: [("--port", "3")]).configuration.port == Port(3))
    }

    @Test("An empty value says nothing, but an empty flag is refused")
    func emptyValues() throws {
        let loaded = try load(file: "PORT=1\nHOST=\n", ["PORT": ""])
        #expect(loaded.configuration.port == Port(1))
        #expect(loaded.source(of: "PORT") == .file("my.conf", line: 1))
        #expect(loaded.source(of: "HOST") == .standard)
        #expect(problems(flags: [("--data", "")]).map(\.source) == [.flag("--data")])
    }

    @Test("Everything that is wrong is said at once, with value, source and what is accepted")
    func allAtOnce() throws {
        let found = problems(
            file: "PORT=70000\nnonsense\nPRIMA_RETIAN=5\nHOST=127.0.0.1\nHOST=::1\n",
            ["PRIMA_PROFILE": "prod", "PORT": "x"],
            flags: [("--log-level", "loud")]
        )
        #expect(
            Set(found.map(\.source)) == [
                .file("my.conf", line: 1), .file("my.conf", line: 2), .file("my.conf", line: 3),
                .file("my.conf", line: 5), .variable("PRIMA_PROFILE"), .variable("PORT"), .flag("--log-level"),
            ]
        )
        let texts = found.map(\.description)
        #expect(texts.contains("PORT=70000 (my.conf:1): accepted: \(Port.accepted)"))
        #expect(texts.contains { $0.contains("PRIMA_RETIAN (my.conf:3)") && $0.contains("did you mean PRIMA_RETAIN?") })
        #expect(texts.contains { $0.contains("my.conf:5") && $0.contains("line 4") })
        #expect(texts.contains { $0.contains("accepted: development, staging, production") })
    }

    @Test(
        "A line that can be read in two ways is refused",
        arguments: ["PORT", "=5", "PORT: 5", "PORT=5 # five", "HOST='a", "HOST=\"a\"b\"", "1A=2", "A B=2", "é=1"]
    )
    func badLines(line: String) {
        #expect(problems(file: line).map(\.source) == [.file("my.conf", line: 1)])
    }

    @Test("Quotes, blanks and line ends of Windows are read")
    func goodLines() throws {
        let loaded = try load(file: "  # c\r\n\tPRIMA_DATA = ' a #b '\r\nPRIMA_REGION=\"x\"\r\n")
        #expect(loaded.configuration.data.text == " a #b ")
        #expect(loaded.configuration.region.text == "x")
        #expect(loaded.source(of: "PRIMA_REGION") == .file("my.conf", line: 3))
    }

    @Test("A file that is not UTF-8, or that names another file, is refused")
    func badFiles() {
        #expect(throws: ConfigurationError.self) {
            try LoadedConfiguration(LoadedConfiguration.Sources(file: ("f", [0x50, 0xFF])))
        }
        #expect(problems(file: "PRIMA_CONFIG=other").map(\.reason) == ["a file cannot name another"])
    }

    @Test("No message and no dump of a configuration shows a secret")
    func secrets() throws {
        let loaded = try load(["PRIMA_TOKEN": "hunter2hunter2", "JWT_SECRET": "swordfish"])
        var dumped = ""
        dump(loaded, to: &dumped)
        let shown = Setting.all.compactMap { $0.shown(loaded.configuration) }
        let texts = [dumped, "\(loaded)", String(reflecting: loaded)] + shown
        for text in texts { #expect(!text.contains("hunter2") && !text.contains("swordfish")) }
        #expect(loaded.configuration.token?.revealed == "hunter2hunter2")
        let bad = problems(
            file: "PRIMA_TOKEN='hunter2 hunter2'",
            ["DATABASE_URL": "postgres://me:hunter2@db/prima", "REDIS_PASSWORD": "hunter2"]
        )
        #expect(bad.count == 3)
        for problem in bad { #expect(!"\(problem)".contains("hunter2")) }
        #expect(Setting.named("PRIMA_TOKEN")?.flag == nil)
    }

    @Test(
        "An engine that this build lacks is refused by its name",
        arguments: [
            ("DATABASE_URL", "postgres://u@h/d", "PostgreSQL"), ("DATABASE_URL", "postgresql://h/d", "PostgreSQL"),
            ("REDIS_URL", "redis://h", "Redis"), ("REDIS_HOST", "h", "Redis"), ("REDIS_PORT", "6379", "Redis"),
            ("QDRANT_URL", "http://h:6333", "Qdrant"), ("COZO_URL", "https://h", "CozoDB"),
        ]
    )
    func lackingEngines(key: String, value: String, engine: String) {
        let found = problems([key: value])
        #expect(found.map(\.key) == [key])
        #expect(found.first?.reason?.contains(engine) == true)
    }

    @Test(
        "What this build does not have is refused, and its default is not",
        arguments: [
            ("PRIMA_QDRANT_PORT", "6333"), ("PRIMA_COZO_PORT", "9071"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"), ("REDIS_URL", "file:///a"),
            ("QDRANT_URL", "file:///a"), ("COZO_URL", "file:///a"),
        ]
    )
    func lackingFeatures(key: String, value: String) throws {
        let found = problems([key: value])
        #expect(found.map(\.key) == [key])
        #expect(found.first?.reason?.contains("this build does not have") == true)
        #expect(!"\(found)".contains("swordfish"))
        #expect(problems(["PRIMA_COZO_PORT": "9070"]).isEmpty)
        // Whoever only looks is not kept from it.
        _ = try load([key: value])
    }

    @Test("A variable that begins with PRIMA_ and is no key is refused, with the nearest key")
    func misspeltVariables() {
        let found = problems(["PRIMA_RETIAN": "5", "PRIMA_CONFG": "", "PRIMA_SOAK_KILLS": "1", "RETAIN": "1"])
        #expect(found.map(\.key) == ["PRIMA_CONFG", "PRIMA_RETIAN"])
        #expect(found.map { $0.reason?.contains("did you mean") } == [true, true])
        #expect(found.last?.reason?.contains("PRIMA_RETAIN?") == true)
    }

    @Test(
        "A URL of a folder names an embedded engine",
        arguments: [
            ("file:///a/b", "/a/b"), ("file://localhost/a", "/a"), ("file:///a%20b", "/a b"), ("FILE:///a", "/a"),
        ]
    )
    func folders(url: String, path: String) throws {
        #expect(try load(["DATABASE_URL": url]).configuration.database == .folder(FolderPath(configured: path)))
    }

    @Test(
        "A URL that names neither an engine nor a folder is refused",
        arguments: [
            "mysql://h/d", "/a/b", "file://a/b", "file:///", "file:a", "postgres", "file:///a%2", "file:///a%+1",
        ]
    )
    func badURLs(url: String) { #expect(problems(["DATABASE_URL": url]).map(\.key) == ["DATABASE_URL"]) }

    @Test("The ledger's folder: the database's outranks the data folder, but not a --data flag")
    func ledgerFolder() throws {
        #expect(try load(["PRIMA_DATA": "d"]).ledgerFolder.text == "d")
        #expect(try load(["PRIMA_DATA": "d", "DATABASE_URL": "file:///x"]).ledgerFolder.text == "/x")
        #expect(try load(file: "DATABASE_URL=file:///x", ["PRIMA_DATA": "d"]).ledgerFolder.text == "/x")
        let flags = [(flag: "--data", text: "d")]
        #expect(try load(["DATABASE_URL": "file:///x"], flags: flags).ledgerFolder.text == "d")
        let both = flags + [(flag: "--database-url", text: "file:///x")]
        #expect(try load(flags: both).ledgerFolder.text == "/x")
    }

    @Test("Without a token only this machine may connect, and production always needs one")
    func servingRules() {
        #expect(problems(["HOST": "0.0.0.0"]).map(\.key) == ["HOST"])
        #expect(problems(["HOST": "example.org"]).map(\.key) == ["HOST"])
        #expect(problems(["HOST": "127.8.8.8"]).isEmpty)
        #expect(problems(["HOST": "0.0.0.0", "PRIMA_INSECURE": "1"]).isEmpty)
        #expect(problems(["HOST": "0.0.0.0", "PRIMA_TOKEN": "t"]).isEmpty)
        #expect(problems(["HOST": "0.0.0.0", "PRIMA_TOKEN_FILE": "/t"]).isEmpty)
        #expect(problems(["PRIMA_PROFILE": "production"]).map(\.key) == ["PRIMA_PROFILE"])
        let insecure = ["PRIMA_PROFILE": "production", "PRIMA_INSECURE": "1"]
        #expect(problems(insecure).map(\.key) == ["PRIMA_PROFILE"])
        let both = ["PRIMA_PROFILE": "production", "HOST": "::"]
        #expect(problems(both).map(\.key) == ["PRIMA_PROFILE", "HOST"])
        #expect(problems(["PRIMA_PROFILE": "production", "PRIMA_TOKEN": "t"]).isEmpty)
        #expect(problems(["PRIMA_PROFILE": "staging"]).isEmpty)
    }

    @Test("Values that belong together are checked together")
    func groups() {
        #expect(problems(["TLS_CERT": "c"]).map(\.key) == ["TLS_CERT"])
        #expect(problems(["TLS_KEY": "k"]).map(\.key) == ["TLS_KEY"])
        #expect(problems(["TLS_PORT": "1"]).map(\.key) == ["TLS_PORT"])
        #expect(problems(["TLS_CERT": "c", "TLS_KEY": "k", "TLS_PORT": "1"]).isEmpty)
        #expect(problems(["TLS_CERT": "c", "TLS_KEY": "k"]).isEmpty)
        #expect(problems(["TLS_CERT": "c", "TLS_KEY": "k", "TLS_PORT": "7746"]).map(\.key) == ["TLS_PORT"])
        #expect(problems(["TLS_CERT": "c", "TLS_KEY": "k", "TLS_PORT": "0", "PORT": "0"]).isEmpty)
        #expect(problems(["PRIMA_TOKEN": "t", "PRIMA_TOKEN_FILE": "f"]).map(\.key) == ["PRIMA_TOKEN_FILE"])
        #expect(problems(file: "PRIMA_TOKEN_FILE=f", ["PRIMA_TOKEN": "t"]).isEmpty)
    }

    @Test("Secrets come from files too, and the higher source counts")
    func secretFiles() throws {
        func read(_ path: String, _ limit: Int) throws(Unacceptable) -> [UInt8]? {
            switch path {
            case "token": Array("from-file\n".utf8)
            case "raw": [UInt8](repeating: 7, count: 32)
            case "digits": Array((String(repeating: "0a", count: 32) + "\n").utf8)
            case "short": [1, 2, 3]
            case "letters": Array(String(repeating: "zz", count: 32).utf8)
            default: throw Unacceptable("open \(path): no")
            }
        }
        #expect(try load(["PRIMA_TOKEN_FILE": "token"]).token(reading: read)?.revealed == "from-file")
        let mixed = try load(file: "PRIMA_TOKEN_FILE=token", ["PRIMA_TOKEN": "t"])
        #expect(try mixed.token(reading: read)?.revealed == "t")
        let swapped = try load(file: "PRIMA_TOKEN=t", ["PRIMA_TOKEN_FILE": "token"])
        #expect(try swapped.token(reading: read)?.revealed == "from-file")
        #expect(throws: ConfigurationError.self) {
            try load(["PRIMA_TOKEN_FILE": "gone"]).token(reading: read)
        }
        func master(_ file: String) throws -> [UInt8]? {
            try load(["PRIMA_MASTER_KEY_FILE": file]).masterKey(reading: read)?.revealed
        }
        #expect(try master("raw") == [UInt8](repeating: 7, count: 32))
        #expect(try master("digits") == [UInt8](repeating: 10, count: 32))
        for bad in ["short", "letters", "gone"] { #expect(throws: ConfigurationError.self) { try master(bad) } }
    }
}
