extension Rule {
    static let unwraps = Rule(
        "unwraps",
        because: "a crash is a decision, and `!` hides who took it: guard, and say why it cannot be",
        eachFile: { file in
            let fatal = file.tokens(among: ["fatalError"])
                .map { Finding(path: file.path, line: $0.line, message: "fatalError: use preconditionFailure(why)") }
            let traps = file.indices(of: "!").compactMap { index -> Finding? in
                let token = file.tokens[index]
                guard index > 0, !token.followsSpace else { return nil }
                let before = file.tokens[index - 1]
                let endsExpression =
                    before.kind != .punctuation || [")", "]", "}", "?", ">", "`"].contains(before.text)
                let isUnequal =
                    index + 1 < file.tokens.count && file.tokens[index + 1].isPunctuation("=")
                    && !file.tokens[index + 1].followsSpace
                guard endsExpression, !isUnequal else { return nil }
                return Finding(path: file.path, line: token.line, message: "`\(before.text.prefix(20))!` traps")
            }
            return fatal + traps
        },
        kept: [
            "if !a, a != b, f(!a), [!a] == c { }", "let s = \"a! \\(b ?? c)!\" // a!", "#expect(!a)\nlet r = /a!/",
            "let s = #\"b! \\(c!) \"#", "/* a! /* b! */ c! */ let a: Int? = nil", "if a!=b {}",
            "let text = \"\"\"\n    a!\n    \"\"\"", "preconditionFailure(\"why\")",
        ],
        broken: [
            "let a = b!", "let a = b()!", "let a = b[0]!.c", "try! f()", "let a = b as! C", "var a: Int!",
            "let s = \"\\(a!)\"", "let s = \"\"\"\n    \\(f(\")\")!)\n    \"\"\"", "fatalError()", "var a: [Int]!",
            "let s = #\"\\#(a!)\"#",
        ]
    )

    static let unsafety = Rule(
        "unsafe",
        because: "memory safety is argued for in few places: the drivers, and files with a reasoned exemption",
        check: { repository in
            repository.swiftFiles
                .filter { $0.path.hasPrefix("Sources/") && !$0.path.hasPrefix("Sources/Drivers/") }
                .flatMap { file -> [Finding] in
                    ["unchecked", "unsafe", "safe"].flatMap(file.indices).compactMap { index in
                        let token = file.tokens[index]
                        if token.isAttribute {
                            return Finding(path: file.path, line: token.line, message: "@\(token.text)")
                        }
                        guard token.isWord("unsafe"), index == 0 || !file.tokens[index - 1].isPunctuation(".") else {
                            return nil
                        }
                        return Finding(path: file.path, line: token.line, message: "unsafe code")
                    }
                }
        },
        kept: [
            ["Sources/Drivers/Files/A.swift": "unsafe f()"], ["Sources/Core/A.swift": "// unsafe\nlet a = \"unsafe\""],
            ["Tests/A.swift": "unsafe f()"],
        ],
        broken: [
            ["Sources/Core/Basics/A.swift": "let a = unsafe f()"],
            ["Sources/Stores/A.swift": "final class A: @unchecked Sendable {}"],
            ["Sources/Mind/A.swift": "nonisolated(unsafe) var a = 1"],
            ["Sources/Engines/A.swift": "@safe struct A {}"],
        ]
    )

    static let access = Rule(
        "access",
        because: "private, internal, package: only the library that agents embed promises anything to others",
        check: { repository in
            repository.swiftFiles.filter { !$0.path.hasPrefix("Sources/Agent/") }.flatMap { file in
                file.tokens(among: ["public", "open"]).filter { $0.isWord("public") || !$0.isCall(in: file) }
                    .map { Finding(path: file.path, line: $0.line, message: "\($0.text) outside Sources/Agent") }
            }
        },
        kept: [
            ["Sources/Agent/PrimaAgent/A.swift": "public struct A {}"],
            ["Sources/Core/A.swift": "package struct A { func open() {}; let b = a.open(c); case open; let d = open }"],
        ],
        broken: [
            ["Sources/Core/A.swift": "public struct A {}"], ["Sources/Stores/A.swift": "open class A {}"],
            ["Sources/Core/A.swift": "public import Basics"],
        ]
    )

    static let locks = Rule(
        "locks",
        because: "our Lock is the one lock: the library's Mutex collapses under contention, the others block the pool",
        check: { repository in
            let words = ["Mutex", "NSLock", "NSRecursiveLock", "DispatchSemaphore", "DispatchQueue", "os_unfair_lock"]
            return repository.swiftFiles
                .filter {
                    $0.path.hasPrefix("Sources/") && !$0.path.hasPrefix("Sources/Drivers/")
                        || !$0.indices(of: "Mutex").isEmpty
                }
                .flatMap { file in
                    file.tokens(among: words)
                        .map { Finding(path: file.path, line: $0.line, message: "\($0.text): use Lock") }
                }
        },
        kept: [
            ["Sources/Core/A.swift": "let a = Lock(0) // not a Mutex"],
            ["Sources/Drivers/Files/A.swift": "let queue = DispatchQueue(label: \"a\")"],
        ],
        broken: [
            ["Sources/Core/A.swift": "let a = Mutex(0)"], ["Sources/Drivers/Files/A.swift": "let a = Mutex(0)"],
            ["Tests/CoreTests/A.swift": "let a: Synchronization.Mutex<Int>"],
            ["Sources/Mind/A.swift": "let a = DispatchQueue.main"],
        ]
    )
}

extension Token {
    /// `open` is a modifier only before a declaration.
    fileprivate func isCall(in file: SwiftFile) -> Bool {
        let declarations: Set = ["class", "func", "var", "init", "subscript", "let"]
        let neighbours = file.tokens.filter { $0.line == line }
        guard let place = neighbours.firstIndex(where: { $0.isWord("open") }), place + 1 < neighbours.count else {
            return true
        }
        return !declarations.contains(neighbours[place + 1].text)
    }
}
