import Testing

/// A rule of the repository: one function, with an example that keeps it and one that breaks it.
struct Rule: Sendable, CustomTestStringConvertible {
    /// What an exemption calls it.
    let name: String
    /// Why we have it; part of every failure.
    let reason: String
    let check: @Sendable (Repository) -> [Finding]
    let kept: [Repository]
    let broken: [Repository]

    var testDescription: String { name }

    init(
        _ name: String,
        because reason: String,
        check: @escaping @Sendable (Repository) -> [Finding],
        kept: [[String: String]],
        broken: [[String: String]]
    ) {
        self.name = name
        self.reason = reason
        self.check = check
        self.kept = kept.map { Repository($0) }
        self.broken = broken.map { Repository($0) }
    }

    /// A rule about single Swift files, with examples that are the text of one file each.
    init(
        _ name: String,
        because reason: String,
        at path: String = "Sources/Core/Model/Sample.swift",
        eachFile check: @escaping @Sendable (SwiftFile) -> [Finding],
        kept: [String],
        broken: [String]
    ) {
        self.init(
            name,
            because: reason,
            check: { $0.swiftFiles.flatMap(check) },
            kept: kept.map { [path: $0] },
            broken: broken.map { [path: $0] }
        )
    }
}

extension Rule {
    static let all: [Rule] = [
        .declaredImports, .layers, .modulesOnTheMap, .systemImports, .flags,
        .fileLength, .functionLength, .lineLength, .names, .introductions, .unfinished,
        .unwraps, .unsafety, .access, .locks,
        .timeAndChance, .sleeps,
        .conformanceSuites, .conformingEngines,
        .reachablePages, .links, .changelog, .decisions, .readmeLength, .environment,
        .words, .scripts, .plainPaths,
    ]
}
