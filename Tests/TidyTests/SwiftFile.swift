/// A Swift file as tokens, so that strings and comments are never mistaken for code.
struct SwiftFile: Sendable {
    let file: TextFile
    let tokens: [Token]
    /// Where each word and each character of punctuation stands; strings are not in it.
    private let places: [String: [Int]]
    var path: String { file.path }

    init(_ file: TextFile) {
        self.file = file
        var lexer = Lexer(file.text)
        lexer.readCode(until: nil)
        tokens = lexer.tokens
        var places: [String: [Int]] = [:]
        for (index, token) in tokens.enumerated() where token.kind != .string {
            places[token.text, default: []].append(index)
        }
        self.places = places
    }

    /// The places of a word, or of a character of punctuation, in order.
    func indices(of text: String) -> [Int] { places[text] ?? [] }

    /// The tokens that are one of the words, in order.
    func tokens(among words: some Collection<String>) -> [Token] { words.flatMap(indices).sorted().map { tokens[$0] } }

    /// The modules that the file imports, each with its line.
    var imports: [(module: String, line: Int)] {
        let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        return indices(of: "import").compactMap { index in
            guard startsDeclaration(at: index) else { return nil }
            var next = index + 1
            if next < tokens.count, kinds.contains(tokens[next].text) { next += 1 }
            guard next < tokens.count, tokens[next].kind == .word else { return nil }
            return (tokens[next].text, tokens[next].line)
        }
    }

    /// The tokens after the sequence, wherever it occurs: words whole, punctuation one character each.
    func occurrences(of sequence: [String]) -> [(line: Int, next: Int)] {
        guard
            let rarest = sequence.indices.min(by: { indices(of: sequence[$0]).count < indices(of: sequence[$1]).count })
        else { return [] }
        return indices(of: sequence[rarest]).compactMap { place in
            let index = place - rarest
            guard index >= 0, index + sequence.count <= tokens.count else { return nil }
            for (token, wanted) in zip(tokens[index...], sequence) where token.text != wanted || token.kind == .string {
                return nil
            }
            return (tokens[index].line, index + sequence.count)
        }
    }

    /// The first token behind the bracket that closes the one before `index`.
    func closing(from index: Int) -> Int {
        var depth = 1
        var index = index
        while index < tokens.count, depth > 0 {
            if tokens[index].opens { depth += 1 }
            if tokens[index].closes { depth -= 1 }
            index += 1
        }
        return index
    }

    /// Whether nothing but attributes and access levels stands before the token on its line.
    private func startsDeclaration(at index: Int) -> Bool {
        let line = tokens[index].line
        let before = tokens[..<index].reversed().prefix { $0.line == line }
        let modifiers: Set = ["private", "fileprivate", "internal", "package", "public", "@"]
        return before.allSatisfy { modifiers.contains($0.text) || $0.isAttribute }
    }
}

/// A word, a character of punctuation, or the content of a string literal.
struct Token: Sendable {
    enum Kind: Sendable { case word, punctuation, string }

    let kind: Kind
    let text: String
    let line: Int
    let followsSpace: Bool
    var isAttribute = false
    /// Where a string literal ends.
    var lastLine: Int?

    func isWord(_ word: String) -> Bool { kind == .word && text == word }
    func isPunctuation(_ character: String) -> Bool { kind == .punctuation && text == character }
    var opens: Bool { kind == .punctuation && (text == "(" || text == "[" || text == "{") }
    var closes: Bool { kind == .punctuation && (text == ")" || text == "]" || text == "}") }
}
