/// A regular expression as a program that runs all alternatives side by side: never exponential.
///
/// Classes, groups, alternatives, repetitions (also lazy), anchors, boundaries, `\d \w \s`, flags `(?i)` and `(?s)`;
/// no look-around and no back-references, as in the reference.
struct PatternMachine: Sendable {
    enum Instruction: Sendable {
        case match
        case scalars(ScalarClass)
        case jump(Int)
        /// The first is preferred.
        case split(Int, Int)
        case save(Int)
        case assert(Assertion)
    }

    enum Assertion: Sendable { case start, end, lineStart, lineEnd, boundary, noBoundary }

    let instructions: [Instruction]
    let groupCount: Int
    let groupNames: [String: Int]

    /// The leftmost match that begins at `start` or behind; the bounds of its groups.
    func firstMatch(in text: [Unicode.Scalar], from start: Int) -> [Int?]? {
        var run = Run(machine: self, text: text)
        return run.match(from: start)
    }

    private struct Thread {
        let place: Int
        let saved: [Int?]
    }

    private struct Run {
        let machine: PatternMachine
        let text: [Unicode.Scalar]
        var marks: [Int]
        var mark = 0

        init(machine: PatternMachine, text: [Unicode.Scalar]) {
            self.machine = machine
            self.text = text
            marks = Array(repeating: 0, count: machine.instructions.count)
        }

        mutating func match(from start: Int) -> [Int?]? {
            var current: [Thread] = []
            var found: [Int?]?
            var position = start
            while true {
                mark += 1
                var threads: [Thread] = []
                for thread in current { add(thread.place, thread.saved, position, &threads) }
                if found == nil {
                    add(0, Array(repeating: nil, count: machine.groupCount * 2), position, &threads)
                }
                if threads.isEmpty, found != nil { return found }
                current.removeAll(keepingCapacity: true)
                for thread in threads {
                    switch machine.instructions[thread.place] {
                    case .match:
                        found = thread.saved
                    case .scalars(let set):
                        if position < text.count, set.contains(text[position]) {
                            current.append(Thread(place: thread.place + 1, saved: thread.saved))
                        }
                        continue
                    default: continue
                    }
                    break
                }
                if position >= text.count || current.isEmpty && found != nil { return found }
                position += 1
            }
        }

        private mutating func add(_ start: Int, _ saved: [Int?], _ position: Int, _ threads: inout [Thread]) {
            var pending = [Thread(place: start, saved: saved)]
            while let thread = pending.popLast() {
                guard marks[thread.place] != mark else { continue }
                marks[thread.place] = mark
                switch machine.instructions[thread.place] {
                case .jump(let target): pending.append(Thread(place: target, saved: thread.saved))
                case .split(let first, let second):
                    pending.append(Thread(place: second, saved: thread.saved))
                    pending.append(Thread(place: first, saved: thread.saved))
                case .save(let slot):
                    var saved = thread.saved
                    saved[slot] = position
                    pending.append(Thread(place: thread.place + 1, saved: saved))
                case .assert(let assertion):
                    if holds(assertion, position) {
                        pending.append(Thread(place: thread.place + 1, saved: thread.saved))
                    }
                case .match, .scalars: threads.append(thread)
                }
            }
        }

        private func holds(_ assertion: Assertion, _ position: Int) -> Bool {
            let isWordBefore = position > 0 && ScalarClass.word.contains(text[position - 1])
            let isWordBehind = position < text.count && ScalarClass.word.contains(text[position])
            switch assertion {
            case .start: return position == 0
            case .end: return position == text.count
            case .lineStart: return position == 0 || text[position - 1] == "\n"
            case .lineEnd: return position == text.count || text[position] == "\n"
            case .boundary: return isWordBefore != isWordBehind
            case .noBoundary: return isWordBefore == isWordBehind
            }
        }
    }
}

/// A set of characters.
struct ScalarClass: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var kinds: [Kind] = []
    var isNegated = false
    var ignoresCase = false

    enum Kind: Sendable { case digit, notDigit, word, notWord, space, notSpace, letter }

    static let word = ScalarClass(kinds: [.word])
    static let any = ScalarClass(ranges: [0...0x10FFFF])
    static let notNewline = ScalarClass(ranges: [10...10], isNegated: true)

    func contains(_ scalar: Unicode.Scalar) -> Bool { has(scalar) != isNegated }

    private func has(_ scalar: Unicode.Scalar) -> Bool {
        if hasExactly(scalar) { return true }
        guard ignoresCase else { return false }
        let properties = scalar.properties
        return [properties.lowercaseMapping, properties.uppercaseMapping].contains { mapped in
            mapped.unicodeScalars.count == 1 && mapped.unicodeScalars.first.map(hasExactly) ?? false
        }
    }

    private func hasExactly(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } || kinds.contains { Self.is(scalar, $0) }
    }

    private static func `is`(_ scalar: Unicode.Scalar, _ kind: Kind) -> Bool {
        let properties = scalar.properties
        switch kind {
        case .digit: return properties.generalCategory == .decimalNumber
        case .notDigit: return properties.generalCategory != .decimalNumber
        case .space: return properties.isWhitespace
        case .notSpace: return !properties.isWhitespace
        case .letter: return properties.isAlphabetic
        case .word, .notWord:
            let isWord =
                properties.isAlphabetic || properties.generalCategory == .decimalNumber || scalar == "_"
                || properties.generalCategory == .nonspacingMark || properties.generalCategory == .connectorPunctuation
            return isWord == (kind == .word)
        }
    }
}
