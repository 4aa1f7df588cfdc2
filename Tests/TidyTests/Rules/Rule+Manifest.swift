extension Rule {
    private static let features = [
        "ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility", "NonisolatedNonsendingByDefault",
        "InferIsolatedConformances", "ImmutableWeakCaptures",
    ]

    private static let settings =
        "for target in package.targets where target.type != .system && target.name != \"CKernels\" {\n"
        + "target.swiftSettings = [\n"
        + features.map { ".enableUpcomingFeature(\"\($0)\"),\n" }.joined()
        + ".strictMemorySafety(),\n.treatAllWarnings(as: .error),\n]\n}\n"

    /// `scripts/self-test` shows that each of these flags bites.
    static let flags = Rule(
        "flags",
        because: "every target obeys the same compiler, and nothing weakens it",
        check: { repository in
            guard let file = repository.swiftFiles.first(where: { $0.path == "Package.swift" }) else { return [] }
            func finding(_ message: String) -> Finding { Finding(path: file.path, message: message) }
            var findings: [Finding] = []
            let loops = file.occurrences(of: ["for", "target", "in", "package", ".", "targets", "where"])
            let blocks = loops.compactMap { loop in
                file.tokens[loop.next...].firstIndex { $0.isPunctuation("{") }.map { opening in
                    (
                        condition: file.tokens[loop.next..<opening],
                        body: file.tokens[opening..<file.closing(from: opening + 1)]
                    )
                }
            }
            guard blocks.count == 1, let block = blocks.first else {
                return [finding("one loop over package.targets sets the flags of all")]
            }
            if block.condition.map(\.text).joined() != "target.type!=.system&&target.name!=CKernels" {
                findings.append(finding("only system modules and CKernels are excused from the flags"))
            }
            let body = block.body.map(\.text).joined(separator: " ")
            for feature in features where !body.contains("enableUpcomingFeature ( \(feature) )") {
                findings.append(finding("\(feature) is not on for every target"))
            }
            for flag in ["strictMemorySafety ( )", "treatAllWarnings ( as : . error )"] where !body.contains(flag) {
                findings.append(finding("\(flag) is not on for every target"))
            }
            let settings = file.tokens.filter { $0.isWord("swiftSettings") }.count
            if settings != 1 { findings.append(finding("swiftSettings is set in more than one place")) }
            for word in ["unsafeFlags", "treatWarning", "disableWarning"] where !file.occurrences(of: [word]).isEmpty {
                findings.append(finding("\(word) weakens the flags"))
            }
            return findings
        },
        kept: [["Package.swift": settings]],
        broken: [
            ["Package.swift": "let package = Package()"],
            ["Package.swift": settings.replacing("ExistentialAny", with: "ExistentialAnything")],
            ["Package.swift": settings.replacing(".strictMemorySafety(),", with: "// .strictMemorySafety(),")],
            ["Package.swift": settings.replacing("as: .error", with: "as: .warning")],
            ["Package.swift": settings.replacing("!= .system", with: "!= .test")],
            ["Package.swift": settings + ".target(name: \"A\", swiftSettings: [])"],
        ]
    )
}
