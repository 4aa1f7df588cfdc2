extension Rule {
    static let conformanceSuites = Rule(
        "conformance-suites",
        because: "a port is its contract, and a contract is what every engine is tested against",
        check: { repository in
            repository.folders(in: "Sources/Core/Ports").flatMap { port -> [Finding] in
                let path = "Sources/Core/Ports/\(port)/\(port).swift"
                guard let file = repository.swiftFiles.first(where: { $0.path == path }),
                    !file.occurrences(of: ["protocol", port]).isEmpty
                else { return [Finding(path: path, message: "does not declare the port: protocol \(port)")] }
                let suites = repository.paths(under: "Tests/Support").filter { path in
                    path.split(separator: "/").last?.hasPrefix("\(port)Conformance") ?? false
                }
                let message = "the port has no Tests/Support/\(port)/\(port)Conformance*.swift"
                return suites.isEmpty ? [Finding(path: path, message: message)] : []
            }
        },
        kept: [
            [
                "Sources/Core/Ports/Ledger/Ledger.swift": "package protocol Ledger {}",
                "Tests/Support/Ledger/LedgerConformance.swift": "struct LedgerConformance {}",
            ]
        ],
        broken: [
            ["Sources/Core/Ports/Ledger/Ledger.swift": "package protocol Ledger {}"],
            [
                "Sources/Core/Ports/Rows/Table.swift": "package protocol Table {}",
                "Tests/Support/RowsConformance.swift": "",
            ],
        ]
    )

    static let conformingEngines = Rule(
        "conforming-engines",
        because: "an engine that does not run its port's conformance suite only looks like one",
        check: { repository in
            repository.folders(in: "Sources/Stores").flatMap { port in
                repository.folders(in: "Sources/Stores/\(port)").compactMap { engine -> Finding? in
                    let isRun = repository.swiftFiles.contains { file in
                        file.path.hasPrefix("Tests/StoresTests/") && file.path.contains(engine)
                            && file.tokens.contains { $0.kind == .word && $0.text.hasPrefix("\(port)Conformance") }
                    }
                    let message = "no Tests/StoresTests/\(port)/*\(engine)* runs \(port)Conformance on this engine"
                    return isRun ? nil : Finding(path: "Sources/Stores/\(port)/\(engine)", message: message)
                }
            }
        },
        kept: [
            [
                "Sources/Stores/Ledger/Memory/MemoryLedger.swift": "",
                "Tests/StoresTests/Ledger/MemoryLedgerTests.swift": "try await LedgerConformance(ledger).everything()",
            ]
        ],
        broken: [
            ["Sources/Stores/Ledger/Memory/MemoryLedger.swift": ""],
            [
                "Sources/Stores/Ledger/Memory/MemoryLedger.swift": "",
                "Tests/StoresTests/Ledger/MemoryLedgerTests.swift": "// LedgerConformance",
            ],
            [
                "Sources/Stores/Ledger/Segment/SegmentLedger.swift": "",
                "Tests/StoresTests/Ledger/MemoryLedgerTests.swift": "LedgerConformance(ledger)",
            ],
        ]
    )
}
