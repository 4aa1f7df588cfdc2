extension Rule {
    /// Sequences of tokens that read a clock, chance or the environment.
    private static let sources: [[String]] = [
        ["Date", "("], ["Date", ".", "now"], ["clock_gettime"], ["gettimeofday"], ["time", "(", "nil"], ["localtime"],
        ["ContinuousClock"], ["SuspendingClock"], ["DispatchTime"], ["DispatchWallTime"], ["UUID", "("], ["getrandom"],
        ["arc4random"], ["SystemRandomNumberGenerator"], ["ProcessInfo"], ["getenv"], ["environ"],
    ]

    /// Chance, unless a generator is handed in.
    private static let draws: [[String]] = [
        [".", "random", "("], [".", "randomElement", "("], [".", "shuffled", "("], [".", "shuffle", "("],
    ]

    static let timeAndChance = Rule(
        "time-and-chance",
        because: "time, randomness and environment come in as parameters, so that a fold repeats and a test owns them",
        check: { repository in
            repository.swiftFiles
                .filter { file in
                    file.path.hasPrefix("Sources/")
                        && !["Sources/App/", "Sources/Drivers/"].contains(where: file.path.hasPrefix)
                }
                .flatMap { file -> [Finding] in
                    let read = sources.flatMap { sequence in
                        file.occurrences(of: sequence).map { ($0.line, sequence.joined()) }
                    }
                    let drawn = draws.flatMap { sequence in
                        file.occurrences(of: sequence)
                            .filter { hit in
                                !file.tokens[hit.next..<file.closing(from: hit.next)].contains { $0.isWord("using") }
                            }
                            .map { ($0.line, sequence.joined()) }
                    }
                    return (read + drawn).map { Finding(path: file.path, line: $0.0, message: "\($0.1) decides here") }
                }
        },
        kept: [
            ["Sources/App/A.swift": "let now = Date()"], ["Sources/Drivers/Files/A.swift": "clock_gettime(a, b)"],
            ["Sources/Core/A.swift": "let a = Int.random(in: 0..<9, using: &generator) // Date()"],
            ["Sources/Core/A.swift": "let b = EventDate(), c = list.shuffled(using: &g), time = \"Date()\""],
        ],
        broken: [
            ["Sources/Core/A.swift": "let now = Date()"], ["Sources/Mind/A.swift": "let now = Date.now"],
            ["Sources/Stores/A.swift": "let a = Int.random(in: 0..<9)"], ["Sources/Core/A.swift": "list.shuffled()"],
            ["Sources/Engines/A.swift": "let id = UUID()"],
            ["Sources/Mind/A.swift": "clock: ContinuousClock = .init()"],
            ["Sources/prima/main.swift": "ProcessInfo.processInfo.environment"],
        ]
    )

    static let sleeps = Rule(
        "sleeps",
        because: "a test that sleeps is slow when it passes and wrong when the machine is busy",
        check: { repository in
            let words: Set = ["sleep", "usleep", "nanosleep", "asyncAfter"]
            return repository.swiftFiles.filter { $0.path.hasPrefix("Tests/") }.flatMap { file in
                file.tokens(among: words)
                    .map { Finding(path: file.path, line: $0.line, message: "\($0.text): await what you wait for") }
            }
        },
        kept: [["Tests/CoreTests/A.swift": "await gate.opened() // no sleep"], ["Sources/App/A.swift": "sleep(1)"]],
        broken: [
            ["Tests/CoreTests/A.swift": "try await Task.sleep(for: .seconds(1))"],
            ["Tests/Support/A.swift": "usleep(10)"],
        ]
    )
}
