extension Rule {
    static let names = Rule(
        "names",
        because: "a name says the role; these say that nobody looked for it",
        check: { repository in
            let banned = ["Util", "Helper", "Common", "Manager", "Misc", "Legacy", "Deprecated"]
            return repository.files.keys.sorted().compactMap { path in
                let folders = path.split(separator: "/")
                let isOurs = ["Sources", "Tests", "Benchmarks"].contains(folders.first.map(String.init) ?? "")
                guard isOurs, let word = banned.first(where: { word in folders.contains { $0.contains(word) } }) else {
                    return nil
                }
                return Finding(path: path, message: "\(word) is no role")
            }
        },
        kept: [["Sources/Core/Basics/Limits.swift": ""], ["Documentation/Helpers.md": ""]],
        broken: [
            ["Sources/Core/StringUtils.swift": ""], ["Sources/Core/Helpers/A.swift": ""],
            ["Tests/KeyManager.swift": ""],
        ]
    )

    static let introductions = Rule(
        "introductions",
        because: "each file's main type opens with a sentence that says what it is for",
        check: { repository in
            let kinds: Set = ["struct", "class", "enum", "actor", "protocol", "typealias"]
            return repository.swiftFiles.filter { $0.path.hasPrefix("Sources/") }.compactMap { file in
                let name = file.path.split(separator: "/").last?.dropLast(6) ?? ""
                let main = file.tokens.indices.dropFirst().first { index in
                    file.tokens[index].text == name && kinds.contains(file.tokens[index - 1].text)
                }
                guard let main else { return nil }
                var line = file.tokens[main].line - 2
                while line >= 0, file.file.lines[line].hasPrefix("@") { line -= 1 }
                guard line < 0 || !file.file.lines[line].hasPrefix("///") else { return nil }
                return Finding(path: file.path, line: file.tokens[main].line, message: "\(name) has no introduction")
            }
        },
        kept: [
            ["Sources/Core/A.swift": "/// What A is for.\npackage struct A {}"],
            ["Sources/Core/A.swift": "import B\n\n/// What A is for.\n@safe\nfinal class A {}"],
            ["Sources/Core/A+Text.swift": "extension A {}"],
        ],
        broken: [
            ["Sources/Core/A.swift": "package struct A {}"],
            ["Sources/Core/A.swift": "import B\n\n@safe package final class A {}"],
        ]
    )

    static let unfinished = Rule(
        "unfinished",
        because: "what is to be done belongs in the tracker, where it is seen",
        check: { repository in
            let marks = ["TO", "FIX", "XX", "HA"].enumerated().map { $1 + ["DO", "ME", "X", "CK"][$0] }
            return repository.files.values.filter { !$0.path.hasPrefix("LICENSE") }.flatMap { file in
                marks.flatMap { mark in
                    file.lines(containing: mark).filter { $0.text.containsWord(mark) }
                        .map { Finding(path: file.path, line: $0.number, message: "\(mark) in the text") }
                }
            }
        },
        kept: [["A.swift": "let a = b // Do it first: TODOS", "B.md": "fixme"]],
        broken: [["A.swift": "// TO" + "DO: later"], ["scripts/a": "# FIX" + "ME"]]
    )

    static let words = Rule(
        "words",
        because: "the product speaks of itself, not of who made it, where, or what they fetched",
        check: { repository in
            let phrases = [
                "work" + "place", "sub" + "agent", "this " + "session", "a " + "session of", "last " + "session",
                "next " + "session",
                "/work" + "/", "pypi" + ".org", "npmjs" + ".com", "npmjs" + ".org", "crates" + ".io",
                "hub.docker" + ".com", "files.python" + "hosted",
            ]
            return repository.files.values.flatMap { file in
                let named = phrases.flatMap { phrase in file.lines(containing: phrase).map { ($0.number, phrase) } }
                let tickets = file.lines(containing: "issue ").filter { $0.text.lowercased().namesAnIssue }
                    .map { ($0.number, "a ticket's number") }
                return (named + tickets)
                    .map { Finding(path: file.path, line: $0.0, message: "\($0.1) does not belong here") }
            }
        },
        kept: [["README.md": "Work. A network/path, an issue, 3 issues, sessions of a browser."]],
        broken: [
            ["README.md": "see issue" + " #3"], ["A.swift": "// fixes Iss" + "ue 12"], ["a.md": "in /work" + "/main"],
            ["scripts/a": "curl https://pypi" + ".org/simple"],
        ]
    )

    static let plainPaths = Rule(
        "plain-paths",
        because:
            "a clone in a folder with a space in its name is a clone: `path()` says %20 where the system says space",
        eachFile: { file in
            file.occurrences(of: [".", "path", "(", ")"])
                .map { Finding(path: file.path, line: $0.line, message: "use path(percentEncoded: false)") }
        },
        kept: ["url.path(percentEncoded: false)", "let path = path(to: b) // .path()", "func path() {}"],
        broken: ["let text = url.path()", "folder.appending(path: name).path()"]
    )

    static let scripts = Rule(
        "scripts",
        because: "a script that goes on after a failure hides it, and one that is not executable is not run",
        check: { repository in
            (repository.paths(under: "scripts") + repository.paths(under: ".ci")).flatMap { path -> [Finding] in
                guard let file = repository.files[path], path != "scripts/prelude.sh" else { return [] }
                var findings: [Finding] = []
                func complain(_ message: String) { findings.append(Finding(path: path, message: message)) }
                if !file.isExecutable { complain("is not executable") }
                if file.lines.first != "#!/usr/bin/env bash" { complain("does not begin with #!/usr/bin/env bash") }
                let stops = ["set -euo pipefail", "set -uo pipefail", ". \"$(dirname \"$0\")/prelude.sh\""]
                if !file.lines.contains(where: { stops.contains(String($0)) }) { complain("does not stop at failures") }
                if file.lines.count < 2 || !file.lines[1].hasPrefix("# ") { complain("does not say what it is for") }
                return findings
            }
        },
        kept: [["scripts/a": "#!/usr/bin/env bash\n# scripts/a: does it.\nset -euo pipefail\n"]],
        broken: [
            ["scripts/a": "#!/usr/bin/env bash\n# scripts/a: does it.\n"],
            ["scripts/a": "#!/usr/bin/env bash\nset -euo pipefail\n"], [".ci/run": "# Runs.\nset -euo pipefail\n"],
        ]
    )
}

extension StringProtocol {
    /// Whether the word occurs with no letter or digit beside it.
    fileprivate func containsWord(_ word: String) -> Bool {
        ranges(of: word).contains { range in
            let before = range.lowerBound == startIndex ? nil : self[index(before: range.lowerBound)]
            let after = range.upperBound == endIndex ? nil : self[range.upperBound]
            return !(before?.isLetter ?? false) && !(after?.isLetter ?? false)
        }
    }

    /// Whether a lower-case text says that word and a number, with or without `#`.
    fileprivate var namesAnIssue: Bool {
        ranges(of: "issue ").contains { range in
            let rest = self[range.upperBound...]
            return (rest.hasPrefix("#") ? rest.dropFirst() : rest).first?.isNumber ?? false
        }
    }
}
