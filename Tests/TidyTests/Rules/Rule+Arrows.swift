/// What each layer may use.
///
/// ARCHITECTURE.md draws it, Package.swift declares it, and this holds them to it.
enum Layers {
    /// The folders of Sources that a module of a folder may use, itself not included.
    static let allowed: [String: Set<String>] = [
        "Core": [],
        "Engines": ["Core"],
        "Drivers": ["Core"],
        "Stores": ["Core", "Engines", "Drivers"],
        "Mind": ["Core"],
        "Doors": ["Core", "Mind", "Drivers"],
        "Agent": ["Core", "Drivers"],
        "App": ["Core", "Engines", "Drivers", "Stores", "Mind", "Doors"],
        "prima": ["App"],
    ]

    /// Where modules of one layer may use each other.
    static let withinCore: [String: Set<String>] = ["Basics": [], "Model": ["Basics"], "Ports": ["Basics", "Model"]]

    /// Engines and drivers are values and systems: of Core they know the vocabulary, never the ports.
    static let withoutPorts: Set = ["Engines", "Drivers"]

    /// The driver of the operating system: others stand on its threads and clocks.
    static let ground = "FilesDriver"

    static func allows(_ user: Manifest.Target, _ used: Manifest.Target) -> Bool {
        guard let layer = user.layer, let other = used.layer else { return user.layer == nil }
        if isC(used) { return layer == other && layer != "Core" }
        if layer == "Core", other == "Core" { return withinCore[user.name]?.contains(used.name) ?? false }
        // The doors have their frame in common and what they render, and nothing else.
        if layer == "Doors", other == "Doors" { return ["Web", "Capability"].contains(used.name) }
        // The build refuses a circle.
        if layer == "Mind", other == "Mind" { return true }
        if withoutPorts.contains(layer), used.name == "Ports" { return false }
        if layer == "Drivers", used.name == ground { return true }
        return allowed[layer]?.contains(other) ?? false
    }

    /// C targets are for the one target beside them.
    private static func isC(_ target: Manifest.Target) -> Bool {
        target.path.hasPrefix("Sources/Drivers/System/") || target.path == "Sources/Engines/Kernels"
    }
}

extension Rule {
    private static let sample = """
        module("Basics", in: "Core"),
        module("Model", in: "Core", uses: ["Basics"]),
        module("Ports", in: "Core", uses: ["Basics", "Model"]),
        .target(name: "CKernels", path: "Sources/Engines/Kernels"),
        module("Integrity", in: "Engines", uses: ["Basics", "CKernels"]),
        driver("FilesDriver", in: "Files", uses: ["Basics"]),
        .target(name: "Stores", dependencies: ["Model", "Ports"]),
        module("Views", in: "Mind", uses: ["Model", "Ports"]),
        tests("CoreTests", of: ["Basics"]),
        """

    static let declaredImports = Rule(
        "declared-imports",
        because: "an import that the manifest does not declare is an arrow that nobody drew",
        check: { repository in
            repository.swiftFiles.flatMap { file -> [Finding] in
                guard let target = repository.manifest.owner(of: file.path) else {
                    return file.path.hasPrefix("Sources/")
                        ? [Finding(path: file.path, message: "belongs to no target of Package.swift")] : []
                }
                let targets = Set(repository.manifest.targets.map(\.name))
                return file.imports.filter { targets.contains($0.module) && !target.dependencies.contains($0.module) }
                    .map {
                        Finding(path: file.path, line: $0.line, message: "\(target.name) does not declare \($0.module)")
                    }
            }
        },
        kept: [
            ["Package.swift": sample, "Sources/Core/Model/A.swift": "package import Basics\nimport Glibc"],
            ["Package.swift": sample, "Sources/Stores/Ledger/A.swift": "import Ports\n// import Basics"],
            ["Package.swift": sample, "Tests/CoreTests/A.swift": "@testable import Basics"],
        ],
        broken: [
            ["Package.swift": sample, "Sources/Core/Basics/A.swift": "import Model"],
            ["Package.swift": sample, "Sources/Mind/Views/A.swift": "internal import Stores"],
            ["Package.swift": sample, "Sources/Mind/Views/A.swift": "import struct Basics.Lock"],
            ["Package.swift": sample, "Tests/CoreTests/A.swift": "import Model"],
            ["Package.swift": sample, "Sources/Mind/Dreams/A.swift": "let a = 1"],
        ]
    )

    static let layers = Rule(
        "layers",
        because: "the Mind knows ports, stores know systems, only App knows both",
        check: { repository in
            let targets = repository.manifest.targets
            return targets.flatMap { user in
                targets.filter { user.dependencies.contains($0.name) && !Layers.allows(user, $0) }.map { used in
                    let message = "\(user.name) (\(user.path)) may not use \(used.name) (\(used.path))"
                    return Finding(path: "Package.swift", line: user.line, message: message)
                }
            }
        },
        kept: [["Package.swift": sample]],
        broken: [
            ["Package.swift": sample + #"module("Recall", in: "Mind", uses: ["Stores"]),"#],
            ["Package.swift": sample + #"module("Dreams", in: "Core", uses: ["Basics"]),"#],
            ["Package.swift": sample + #"driver("Redis", in: "Redis", uses: ["Ports"]),"#],
            ["Package.swift": sample + #"driver("Redis", in: "Redis", uses: ["Integrity"]),"#],
            ["Package.swift": sample + #"module("Vectors", in: "Engines", uses: ["FilesDriver"]),"#],
            ["Package.swift": sample + #".target(name: "App", dependencies: ["CKernels"])"#],
            ["Package.swift": sample + #".executableTarget(name: "prima", dependencies: ["Stores"])"#],
        ]
    )

    static let modulesOnTheMap = Rule(
        "modules-on-the-map",
        because: "a newcomer finds every module in ARCHITECTURE.md",
        check: { repository in
            let map = repository.files["ARCHITECTURE.md"]?.text ?? ""
            return repository.manifest.targets.filter { $0.path.hasPrefix("Sources/") && !map.contains("`\($0.name)`") }
                .map { Finding(path: "ARCHITECTURE.md", message: "does not name the module `\($0.name)`") }
        },
        kept: [["Package.swift": #"module("Basics", in: "Core")"#, "ARCHITECTURE.md": "`Basics` are basics."]],
        broken: [["Package.swift": #"module("Basics", in: "Core")"#, "ARCHITECTURE.md": "The basics."]]
    )

    /// Modules of the system, with the folders and files of Sources that may import them.
    private static let systemModules: [String: [String]] = [
        "CSQLite": ["Sources/Drivers/SQLite/"],
        "COpenSSL": ["Sources/Drivers/OpenSSL/"],
        "CTLS": ["Sources/Drivers/Net/TLS/"],
        "CKernels": ["Sources/Engines/Integrity/", "Sources/Engines/VectorIndex/"],
        "Glibc": ["Sources/Drivers/", "Sources/Core/Basics/Lock.swift"],
        "Dispatch": ["Sources/Drivers/", "Sources/App/"],
        "FoundationEssentials": ["Sources/App/"],
        "Foundation": [],
        "Musl": [], "Darwin": [], "Android": [],
    ]

    static let systemImports = Rule(
        "system-imports",
        because: "C and its hazards stay where they are looked for; Foundation is a guest, and slow on hot paths",
        check: { repository in
            repository.swiftFiles.filter { $0.path.hasPrefix("Sources/") }.flatMap { file in
                file.imports.compactMap { module, line in
                    guard let places = systemModules[module], !places.contains(where: file.path.hasPrefix) else {
                        return nil
                    }
                    let allowed = places.isEmpty ? "nowhere in Sources" : "only in \(places.joined(separator: ", "))"
                    return Finding(path: file.path, line: line, message: "\(module) is imported \(allowed)")
                }
            }
        },
        kept: [
            ["Sources/Drivers/SQLite/A.swift": "internal import CSQLite\nprivate import Glibc"],
            ["Sources/Core/Basics/Lock.swift": "private import Glibc"],
            ["Sources/App/A.swift": "import FoundationEssentials"],
            ["Tests/AppTests/A.swift": "import Foundation"],
        ],
        broken: [
            ["Sources/Stores/A.swift": "internal import CSQLite"],
            ["Sources/Drivers/Files/A.swift": "internal import COpenSSL"],
            ["Sources/Core/Basics/Clock.swift": "import Glibc"],
            ["Sources/Mind/Views/A.swift": "import FoundationEssentials"],
            ["Sources/App/A.swift": "import Foundation"],
            ["Sources/App/A.swift": "import struct Foundation.Date"],
        ]
    )
}
