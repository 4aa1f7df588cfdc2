/// The lines of a configuration file: `KEY=value`, comments and nothing else.
///
/// The syntax is the part of .env files that shells, Docker and systemd read alike, so that one file serves all of
/// them, and a comment above each key makes the default file its own documentation. No quotes inside values, no
/// escapes, no expansion: what cannot be read in two ways needs no manual.
package struct ConfigurationFile: Sendable {
    /// A key with its text, as it stands in a line.
    package struct Entry: Sendable, Hashable {
        package let line: Int
        package let key: String
        /// Empty: not set.
        package let text: String
    }

    package private(set) var entries: [Entry] = []
    package private(set) var problems: [ConfigurationProblem] = []

    /// Reads a file's bytes; what is wrong with a line becomes a problem that names it.
    package init(_ bytes: [UInt8], name: String) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.append(ConfigurationProblem("the file is not UTF-8", at: .file(name, line: 1)))
            return
        }
        var firstLines: [String: Int] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let number = index + 1
            let line = String(line).trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            do throws(Unreadable) {
                let entry = try Self.entry(line, number)
                if let first = firstLines[entry.key] {
                    throw Unreadable("\(entry.key) stands in line \(first) already")
                }
                firstLines[entry.key] = number
                entries.append(entry)
            } catch {
                problems.append(ConfigurationProblem(error.reason, at: .file(name, line: number)))
            }
        }
    }

    private struct Unreadable: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    private static func entry(_ line: String, _ number: Int) throws(Unreadable) -> Entry {
        guard let equals = line.firstIndex(of: "=") else {
            throw Unreadable("this line is neither KEY=value nor a comment (#)")
        }
        let key = String(line[..<equals]).trimmed
        guard isKey(key) else { throw Unreadable("before the = stands no name of A-Z, 0-9 and _") }
        let text = String(line[line.index(after: equals)...]).trimmed
        return Entry(line: number, key: key, text: try unquoted(text))
    }

    private static func isKey(_ key: String) -> Bool {
        key.first?.isNumber == false && key.unicodeScalars.allSatisfy { $0.isLetterOrDigit || $0 == "_" }
    }

    private static func unquoted(_ text: String) throws(Unreadable) -> String {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            if text.contains(" #") {
                throw Unreadable("a comment needs a line of its own; a value that holds ' #' needs quotes")
            }
            return text
        }
        let inner = text.dropFirst().dropLast()
        guard text.count >= 2, text.last == quote, !inner.contains(quote) else {
            throw Unreadable("the quote that begins the value does not end it")
        }
        return String(inner)
    }
}
