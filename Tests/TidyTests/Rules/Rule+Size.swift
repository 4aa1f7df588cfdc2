extension Rule {
    static let fileLength = Rule(
        "file-length",
        because: "a file of more than 500 lines is two ideas",
        eachFile: { file in
            let count = file.file.lines.count
            return count > 500 ? [Finding(path: file.path, message: "\(count) lines; 500 are enough")] : []
        },
        kept: ["let a = 1\n", String(repeating: "let a = 1\n", count: 500)],
        broken: [String(repeating: "let a = 1\n", count: 501)]
    )

    static let lineLength = Rule(
        "line-length",
        because: "120 columns fit beside a diff",
        eachFile: { file in
            let long = file.file.lines.enumerated().filter { $0.element.utf8.count > 120 && $0.element.count > 120 }
            guard !long.isEmpty else { return [] }
            // What stands between three quotes is as wide as its reader needs.
            let texts = file.tokens.compactMap { token in
                token.lastLine.flatMap { last in last > token.line ? token.line + 1...last : nil }
            }
            return long.filter { line in !texts.contains { $0.contains(line.offset + 1) } }
                .map { Finding(path: file.path, line: $0.offset + 1, message: "\($0.element.count) columns") }
        },
        kept: [
            String(repeating: "é", count: 120),
            "let a = \"\"\"\n    " + String(repeating: "x", count: 120) + "\n    \"\"\"",
        ],
        broken: [
            String(repeating: "x", count: 121), "let a = 1\n// " + String(repeating: "x", count: 118),
            "let a = \"\"\"\n    a\n    \"\"\" // " + String(repeating: "x", count: 118) + "\n// "
                + String(repeating: "x", count: 118),
        ]
    )

    static let functionLength = Rule(
        "function-length",
        because: "what does not fit a screen is not read as a whole",
        eachFile: { file in
            file.functions.filter { $0.length > 70 }
                .map {
                    Finding(path: file.path, line: $0.line, message: "\($0.name) has \($0.length) lines; 70 are enough")
                }
        },
        kept: [
            "func short(_ a: () -> Void = {}) {\n" + String(repeating: "    a()\n", count: 68) + "}",
            "protocol P {\n    func requirement()\n    init()\n"
                + String(repeating: "    var a: Int { get }\n", count: 80) + "}",
            "struct S {\n    let f = S.init\n" + String(repeating: "    // {\n", count: 80) + "}",
        ],
        broken: [
            "func long() {\n" + String(repeating: "    a()\n", count: 69) + "}",
            "struct S {\n    init?(_ a: [Int]) throws(E) {\n" + String(repeating: "    a(\"}\")\n", count: 69) + "}\n}",
            "struct S { subscript(i: Int) -> Int {\n" + String(repeating: "    if a { b }\n", count: 69) + "} }",
        ]
    )
}

extension SwiftFile {
    /// Functions, initializers and subscripts that have a body, with their length from first to last line.
    fileprivate var functions: [(name: String, line: Int, length: Int)] {
        ["func", "init", "deinit", "subscript"].flatMap(indices).compactMap { index in
            guard index == 0 || !tokens[index - 1].isPunctuation("."), let opening = body(of: index) else { return nil }
            let end = closing(from: opening + 1)
            let name = tokens[index].text == "func" ? tokens[index + 1].text : tokens[index].text
            return (name, tokens[index].line, tokens[end - 1].line - tokens[index].line + 1)
        }
    }

    /// The brace that opens a declaration's body; nil when the next declaration, or the end of this one's, comes first.
    private func body(of start: Int) -> Int? {
        let others: Set = [
            "func", "init", "deinit", "subscript", "var", "let", "case", "struct", "enum", "class", "static",
        ]
        var index = start + 1
        while index < tokens.count {
            let token = tokens[index]
            if token.isPunctuation("{") { return index }
            if token.isPunctuation("}") || token.kind == .word && others.contains(token.text) { return nil }
            index = token.opens ? closing(from: index + 1) : index + 1
        }
        return nil
    }
}
