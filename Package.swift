// swift-tools-version: 6.2
import PackageDescription

// This file reads like the architecture: top to bottom, each layer may use only the layers above it.
//
//   Core · Engines · Drivers · Stores · Mind · Doors · App
//
// `make check` fails when a target imports what it does not declare. See ARCHITECTURE.md.

let package = Package(
    name: "prima",
    products: [
        .executable(name: "prima", targets: ["prima"])
    ],
    targets: [
        // MARK: Core — the vocabulary and the ports. No I/O, no C.
        module("Basics", in: "Core"),
        module("Model", in: "Core", uses: ["Basics"]),
        module("Ports", in: "Core", uses: ["Basics", "Model"]),

        // MARK: Engines — our own algorithms, as values. No I/O, no clock; Kernels is pure C over spans.
        .target(name: "CKernels", path: "Sources/Engines/Kernels"),
        module("Integrity", in: "Engines", uses: ["Basics", "CKernels"]),
        module("VectorIndex", in: "Engines", uses: ["Basics", "CKernels"]),
        module("Datalog", in: "Engines", uses: ["Basics"]),

        // MARK: Drivers — how to talk to one system. The only unsafe code.
        system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        system("CEpoll", pkgConfig: nil, apt: "libc6-dev"),
        system("CReadNow", pkgConfig: nil, apt: "libc6-dev"),
        system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        system("COpenSSL", pkgConfig: "libcrypto", apt: "libssl-dev"),
        system("CTLS", pkgConfig: "openssl", apt: "libssl-dev"),
        driver("FilesDriver", in: "Files", uses: ["Basics", "CReadNow"]),
        driver("NetDriver", in: "Net", uses: ["Basics", "FilesDriver", "CEpoll", "CTLS", "CZlib"]),
        driver("OpenSSLDriver", in: "OpenSSL", uses: ["Basics", "COpenSSL"]),
        driver("ProcessDriver", in: "Process", uses: []),
        driver("SQLiteDriver", in: "SQLite", uses: ["Basics", "CSQLite"]),

        // MARK: Stores — how each system plays each port. A folder per port, a folder in it per engine.
        .target(
            name: "Stores",
            dependencies: ["Basics", "Model", "Ports", "Integrity", "FilesDriver", "OpenSSLDriver", "SQLiteDriver"]
        ),

        // MARK: Mind — what the product does. Ports only, never a store.
        module("Views", in: "Mind", uses: ["Basics", "Model", "Ports"]),
        module("Roles", in: "Mind"),
        module("Conflicts", in: "Mind", uses: ["Basics", "Model"]),
        module("Sync", in: "Mind", uses: ["Basics", "Model", "Ports"]),
        module("Devices", in: "Mind", uses: ["Basics", "Model", "Ports", "Views"]),
        module("Agents", in: "Mind", uses: ["Basics", "Model", "Ports", "Views"]),
        module("Chat", in: "Mind", uses: ["Basics", "Model", "Ports", "Views"]),
        module("Field", in: "Mind", uses: ["Basics", "Model", "Ports", "Conflicts", "Views"]),
        module("Catalogue", in: "Mind", uses: ["Ports", "Agents", "Chat", "Devices", "Field", "Views"]),

        // MARK: Doors — how the outside speaks to Prima: routes and frames. Ports and the wire, never a store.
        module("Capability", in: "Doors", uses: ["Basics", "Model"]),
        module("Web", in: "Doors", uses: ["Basics", "Capability", "Model", "NetDriver"]),
        .target(
            name: "TRPCDoor",
            dependencies: ["Basics", "Capability", "Model", "NetDriver", "Web"],
            path: "Sources/Doors/TRPC"
        ),
        .target(
            name: "RESTDoor",
            dependencies: ["Basics", "Capability", "Model", "NetDriver", "Web"],
            path: "Sources/Doors/REST"
        ),
        module(
            "Repertoire",
            in: "Doors",
            uses: [
                "Basics", "Capability", "Model", "Ports", "Agents", "Chat", "Devices", "Field", "Roles", "Sync",
            ]
        ),
        .target(
            name: "EventsDoor",
            dependencies: ["Basics", "Model", "Ports", "NetDriver", "Web"],
            path: "Sources/Doors/Events"
        ),

        // MARK: App — the one place where everything meets.
        .target(
            name: "App",
            dependencies: [
                "Basics", "Model", "Ports", "Datalog", "Integrity", "VectorIndex", "FilesDriver", "NetDriver",
                "OpenSSLDriver", "ProcessDriver", "Stores", "Views", "Field", "Catalogue", "Agents", "Chat", "Devices",
                "Roles", "Sync", "Web", "EventsDoor", "Capability", "Repertoire", "RESTDoor", "TRPCDoor",
            ]
        ),
        .executableTarget(name: "prima", dependencies: ["App"]),

        // MARK: Benchmarks — beside their rivals, against checked-in thresholds; never shipped.
        .target(
            name: "Benchmarks",
            dependencies: [
                "Basics", "Model", "Ports", "Integrity", "CEpoll", "Datalog", "FilesDriver", "OpenSSLDriver",
                "SQLiteDriver", "Stores", "Views", "Field",
            ],
            path: "Benchmarks/Sources"
        ),
        .executableTarget(name: "bench", dependencies: ["Benchmarks"], path: "Benchmarks/Command"),

        // MARK: Tests — one target per layer. They depend on no program: the linker would find its `main` too.
        .target(
            name: "TestSupport",
            dependencies: [
                "Basics", "Capability", "CEpoll", "Model", "Ports", "Integrity", "FilesDriver", "NetDriver",
                "OpenSSLDriver", "TRPCDoor", "Web",
            ],
            path: "Tests/Support"
        ),
        .target(
            name: "SegmentHistories",
            dependencies: ["Stores", "TestSupport"],
            path: "Tests/SegmentHistories"
        ),
        .executableTarget(
            name: "histories",
            dependencies: ["Basics", "OpenSSLDriver", "SegmentHistories", "TestSupport"],
            path: "Tests/Histories"
        ),
        .executableTarget(
            name: "LoadedLedger",
            dependencies: [
                "Basics", "Model", "Ports", "FilesDriver", "OpenSSLDriver", "Stores", "Views", "Catalogue",
            ],
            path: "Tests/LoadedLedger"
        ),
        tests("CoreTests", of: ["Basics", "Model", "OpenSSLDriver", "TestSupport"], except: ["Golden"]),
        tests("DatalogTests", of: ["Basics", "Datalog", "TestSupport"], except: ["Corpus", "Tools"]),
        tests("EnginesTests", of: ["Basics", "Integrity", "OpenSSLDriver", "TestSupport"]),
        tests("VectorIndexTests", of: ["Basics", "FilesDriver", "VectorIndex", "TestSupport"], except: ["Oracle"]),
        tests(
            "DriversTests",
            of: [
                "Basics", "CEpoll", "CZlib", "FilesDriver", "NetDriver", "OpenSSLDriver", "SQLiteDriver", "TestSupport",
            ]
        ),
        tests(
            "StoresTests",
            of: [
                "Basics", "Model", "Ports", "Integrity", "FilesDriver", "OpenSSLDriver", "SQLiteDriver", "Stores",
                "SegmentHistories", "TestSupport",
            ]
        ),
        tests(
            "MindTests",
            of: [
                "Basics", "Model", "Ports", "Views", "Field", "Catalogue", "Roles", "Conflicts", "Sync", "Devices",
                "Agents", "Chat", "Stores", "FilesDriver", "OpenSSLDriver", "SQLiteDriver", "TestSupport",
            ]
        ),
        tests(
            "DoorsTests",
            of: [
                "Basics", "Capability", "FilesDriver", "Model", "NetDriver", "Web", "EventsDoor", "RESTDoor",
                "TRPCDoor", "TestSupport",
            ]
        ),
        tests(
            "AppTests",
            of: [
                "App", "Basics", "Model", "Ports", "Datalog", "FilesDriver", "OpenSSLDriver", "ProcessDriver", "Stores",
                "Views", "Catalogue", "TestSupport",
            ]
        ),
        tests("BenchmarksTests", of: ["Benchmarks"]),
        tests("TidyTests", of: []),
    ],
    swiftLanguageModes: [.v6]
)

// The rules every target obeys.
for target in package.targets where target.type != .system && target.name != "CKernels" {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
        .enableExperimentalFeature("Lifetimes"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ]
}

func module(_ name: String, in layer: String, uses: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: uses, path: "Sources/\(layer)/\(name)")
}

func driver(_ name: String, in folder: String, uses: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: uses, path: "Sources/Drivers/\(folder)")
}

func system(_ name: String, pkgConfig: String?, apt: String) -> Target {
    .systemLibrary(
        name: name,
        path: "Sources/Drivers/System/\(name)",
        pkgConfig: pkgConfig,
        providers: [.apt([apt])]
    )
}

func tests(_ name: String, of subjects: [Target.Dependency], except data: [String] = []) -> Target {
    .testTarget(name: name, dependencies: subjects, exclude: data)
}
