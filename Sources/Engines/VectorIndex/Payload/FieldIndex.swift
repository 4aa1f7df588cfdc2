package import Basics

/// Answers conditions on one field of the payloads of a segment, for all rows at once, exactly as looking at each
/// would.
package struct FieldIndex: Sendable {
    /// What is asked of a field, and so what is kept.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case keyword, integer, float, bool, datetime, text

        fileprivate var keepsKeys: Bool { self == .keyword || self == .integer || self == .bool }
        fileprivate var keepsNumbers: Bool { self == .integer || self == .float }
    }

    package let kind: Kind
    /// By what it equals: texts, integers and truth values.
    private var keys: [Value: Int] = [:]
    private var keyRows: Postings?
    /// Rows with a value that is neither null nor a key.
    private var others: Bitmap
    private var numbers: SortedIndex?
    private var times: SortedIndex?
    private var words: [Value: Int] = [:]
    private var wordRows: Postings?
    /// Whether a row has one text at most, so that its words are those of that text.
    private var textsAreSingle = true
    private var empty: Bitmap
    private var null: Bitmap

    /// From the payloads of rows 0, 1, ….
    package init(_ kind: Kind, at path: PayloadPath, of payloads: some Collection<Value>) {
        self.kind = kind
        let bound = payloads.count
        others = Bitmap(bound: bound)
        empty = Bitmap(bound: bound)
        null = Bitmap(bound: bound)
        var (keyMembers, wordMembers): ([[UInt32]], [[UInt32]]) = ([], [])
        var (numberEntries, timeEntries): ([(Double, UInt32)], [(Double, UInt32)]) = ([], [])
        for (row, payload) in payloads.enumerated() {
            let point = FilteredPoint(id: nil, payload: payload)
            if Filter.Condition.isEmpty(path).matches(point) { empty.insert(row) }
            if Filter.Condition.isNull(path).matches(point) { null.insert(row) }
            var texts = 0
            for value in path.values(in: payload, arrays: .opened) {
                if kind.keepsNumbers, value.isNumber { numberEntries.append((value.number, UInt32(row))) }
                if kind.keepsKeys { file(value, row, &keyMembers) }
                guard case .text(let text) = value else { continue }
                texts += 1
                textsAreSingle = textsAreSingle && texts == 1
                if kind == .datetime, let time = DateTime.microseconds(text) {
                    timeEntries.append((Double(time), UInt32(row)))
                }
                if kind == .text {
                    for word in TextTokens.of(text) { Self.add(row, to: .text(word), &words, &wordMembers) }
                }
            }
        }
        if kind.keepsKeys { keyRows = Postings(keyMembers, bound: bound) }
        if kind.keepsNumbers { numbers = SortedIndex(numberEntries.map { (value: $0, row: $1) }, bound: bound) }
        if kind == .datetime { times = SortedIndex(timeEntries.map { (value: $0, row: $1) }, bound: bound) }
        if kind == .text { wordRows = Postings(wordMembers, bound: bound) }
    }

    private mutating func file(_ value: Value, _ row: Int, _ members: inout [[UInt32]]) {
        switch value {
        case .text, .integer, .bool: Self.add(row, to: value, &keys, &members)
        case .null: break
        default: others.insert(row)
        }
    }

    /// A row is filed once under a key, however often it has it.
    private static func add(_ row: Int, to key: Value, _ keys: inout [Value: Int], _ members: inout [[UInt32]]) {
        let place = keys[key] ?? members.count
        if place == members.count {
            keys[key] = place
            members.append([])
        }
        if members[place].last != UInt32(row) { members[place].append(UInt32(row)) }
    }

    /// About how many rows satisfy the test; nil when the index does not answer it.
    func estimate(_ test: FieldTest) -> Int? {
        switch test {
        case .any(let values):
            keyRows.map { rows in values.reduce(0) { $0 + (keys[$1].map(rows.count) ?? 0) } }
        case .except: keyRows.map { _ in others.bound }
        case .range(let range): numbers?.count(range)
        case .time(let range): times?.count(range)
        case .words(let all):
            wordRows.map { rows in all.map { words[.text($0)].map(rows.count) ?? 0 }.min() ?? 0 }
        case .anyWord(let any):
            wordRows.map { rows in any.reduce(0) { $0 + (words[.text($1)].map(rows.count) ?? 0) } }
        case .phrase, .prefix, .substring, .count, .geo: nil
        }
    }

    /// The rows that satisfy the test; nil when the index does not answer it.
    func rows(_ test: FieldTest) -> Bitmap? {
        switch test {
        case .any(let values): return keyRows.map { union(values.compactMap { keys[$0] }, $0) }
        case .except(let values):
            return keyRows.map { rows in
                var set = union(keys.compactMap { values.contains($0.key) ? nil : $0.value }, rows)
                set.formUnion(others)
                return set
            }
        case .range(let range): return numbers?.bitmap(range)
        case .time(let range): return times?.bitmap(range)
        case .words(let all): return textsAreSingle || all.count == 1 ? wordRows.map { intersection(all, $0) } : nil
        case .anyWord(let any): return wordRows.map { union(any.compactMap { words[.text($0)] }, $0) }
        case .phrase, .prefix, .substring, .count, .geo: return nil
        }
    }

    /// Rows that include all that satisfy the test; nil when the index knows nothing of it.
    func candidates(_ test: FieldTest) -> Bitmap? {
        switch test {
        case .words(let all), .phrase(let all): wordRows.map { intersection(all, $0) }
        default: nil
        }
    }

    var emptyRows: Bitmap { empty }
    var nullRows: Bitmap { null }

    /// How many rows have each key, for those who count facets.
    package func counts(among allowed: Bitmap) -> [(key: Value, count: Int)] {
        guard let keyRows else { return [] }
        return keys.map { key, place in
            var set = keyRows.bitmap(place)
            set.formIntersection(allowed)
            return (key, set.count)
        }
    }

    private func union(_ places: [Int], _ rows: Postings) -> Bitmap {
        if places.count == 1, let place = places.first { return rows.bitmap(place) }
        var set = Bitmap(bound: others.bound)
        for place in places { rows.add(place, to: &set) }
        return set
    }

    private func intersection(_ all: [String], _ rows: Postings) -> Bitmap {
        var set: Bitmap?
        for word in all {
            guard let place = words[.text(word)] else { return Bitmap(bound: others.bound) }
            var next = rows.bitmap(place)
            if let set { next.formIntersection(set) }
            set = next
        }
        return set ?? Bitmap(bound: others.bound)
    }
}
