/// A page of the documentation: its links, its headings and its fences.
struct Markdown {
    struct Fence: Hashable {
        let language: String
        let words: Set<String>
        let text: String
        let line: Int
    }

    let path: String
    private(set) var links: [(target: String, line: Int)] = []
    private(set) var headings: [(level: Int, text: String)] = []
    private(set) var fences: [Fence] = []

    init(_ file: TextFile) {
        path = file.path
        var open: (mark: Substring, info: [Substring], line: Int, lines: [Substring])?
        for (index, line) in file.lines.enumerated() {
            let text = line.drop { $0 == " " }
            if let fence = open {
                if text.hasPrefix(fence.mark), text.allSatisfy({ $0 == "`" }) {
                    fences.append(Self.fence(fence.info, fence.lines, fence.line))
                    open = nil
                } else {
                    open?.lines.append(line)
                }
            } else if text.hasPrefix("```") {
                let mark = text.prefix { $0 == "`" }
                open = (mark, text.dropFirst(mark.count).split(separator: " "), index + 1, [])
            } else {
                let level = text.prefix { $0 == "#" }.count
                if level > 0, text.dropFirst(level).hasPrefix(" ") {
                    headings.append((level, String(text.dropFirst(level + 1))))
                }
                links += Self.links(in: text).map { ($0, index + 1) }
            }
        }
    }

    private static func fence(_ info: [Substring], _ lines: [Substring], _ line: Int) -> Fence {
        let words = Set(info.dropFirst().map(String.init))
        return Fence(
            language: info.first.map(String.init) ?? "",
            words: words,
            text: lines.joined(separator: "\n"),
            line: line
        )
    }

    /// `[text](target)` and `<doc:Page>`, but not in `code`.
    private static func links(in line: Substring) -> [String] {
        let prose = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "" }.joined(separator: "`")
        let inline = prose.ranges(of: "](").compactMap { range in
            prose[range.upperBound...].split(separator: ")", maxSplits: 1, omittingEmptySubsequences: false).first
        }
        let pages = prose.ranges(of: "<doc:").compactMap { range in
            prose[range.upperBound...].split(separator: ">", maxSplits: 1).first.map { "doc:\($0)" }
        }
        return inline.map(String.init) + pages
    }

    /// The files of the repository that the page leads to, with the heading asked for.
    func destinations() -> [(path: String, anchor: String?, line: Int)] {
        links.compactMap { target, line in
            if target.hasPrefix("doc:") {
                let folder = path.split(separator: "/").dropLast().joined(separator: "/")
                return ("\(folder)/\(target.dropFirst(4)).md", nil, line)
            }
            guard !target.contains(":"), !target.isEmpty else { return nil }
            let halves = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let anchor = halves.count > 1 ? String(halves[1]) : nil
            guard let file = halves.first, !file.isEmpty else { return (path, anchor, line) }
            var parts = path.split(separator: "/").dropLast().map(String.init)
            for part in file.split(separator: "/") where part != "." {
                if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
            }
            return (parts.joined(separator: "/"), anchor, line)
        }
    }

    /// The anchors that the usual renderers make of the headings.
    var anchors: Set<String> {
        Set(
            headings.map { heading in
                let kept = heading.text.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
                return kept.replacing(" ", with: "-")
            }
        )
    }
}
