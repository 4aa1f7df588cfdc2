package import Basics

/// Answers conditions on one field of the payloads of a segment, for all rows at once, exactly as looking at each
/// would.
package struct FieldIndex: Sendable {
    /// What is asked of a field, and so what is kept.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case keyword, integer, float, bool, datetime, text

        fileprivate var keepsKeys: Bool { self == .keyword || self == .integer || self == .bool }
        fileprivate var keepsNumbers: Bool { self == .integer || self == .float || self == .datetime }
        fileprivate var isNumber: Bool { self == .integer || self == .float }
    }

    package let kind: Kind
    let path: PayloadPath
    /// What the field equals, as sorted bytes: texts, integers and truth values; words for texts.
    let keys: ValueColumn
    let keyRows: Postings
    let numbers: SortedIndex?
    /// Rows with a value that is neither null nor a key.
    let others: Bitmap
    let empty: Bitmap
    let null: Bitmap
    /// Whether a row has one text at most, so that its words are those of that text.
    let textsAreSingle: Bool

    /// From the payloads of rows 0, 1, ….
    package init(_ kind: Kind, at path: PayloadPath, of payloads: some Collection<Value>) {
        var builder = Builder(kind, at: path)
        for payload in payloads { builder.append(payload) }
        self.init(builder)
    }

    init(_ builder: consuming Builder) {
        kind = builder.kind
        path = builder.path
        let bound = builder.count
        let sorted = builder.sortedKeys()
        var column = ValueColumn.Builder()
        for key in sorted { column.append(encoded: key.encoded.raw) }
        keys = column.finished()
        keyRows = Postings(sorted.map { builder.members[$0.place] }, bound: bound)
        numbers = builder.kind.keepsNumbers ? SortedIndex(builder.entries, bound: bound) : nil
        others = Bitmap(builder.others, bound: bound)
        empty = Bitmap(builder.empty, bound: bound)
        null = Bitmap(builder.null, bound: bound)
        textsAreSingle = builder.textsAreSingle
    }

    init(
        kind: Kind,
        path: PayloadPath,
        keys: ValueColumn,
        keyRows: Postings,
        numbers: SortedIndex?,
        others: Bitmap,
        empty: Bitmap,
        null: Bitmap,
        textsAreSingle: Bool
    ) {
        (self.kind, self.path, self.keys, self.keyRows, self.numbers) = (kind, path, keys, keyRows, numbers)
        (self.others, self.empty, self.null, self.textsAreSingle) = (others, empty, null, textsAreSingle)
    }

    /// Gathers what an index keeps, row after row.
    struct Builder: Sendable {
        fileprivate let kind: Kind
        fileprivate let path: PayloadPath
        fileprivate private(set) var count = 0
        private var keys: [Value: Int] = [:]
        fileprivate private(set) var members: [[UInt32]] = []
        fileprivate private(set) var entries: [(value: Double, row: UInt32)] = []
        fileprivate private(set) var others: [Int] = []
        fileprivate private(set) var empty: [Int] = []
        fileprivate private(set) var null: [Int] = []
        fileprivate private(set) var textsAreSingle = true

        init(_ kind: Kind, at path: PayloadPath) {
            self.kind = kind
            self.path = path
        }

        mutating func append(_ payload: Value) {
            let row = count
            count += 1
            let point = FilteredPoint(id: nil, payload: payload)
            if Filter.Condition.isEmpty(path).matches(point) { empty.append(row) }
            if Filter.Condition.isNull(path).matches(point) { null.append(row) }
            var texts = 0
            for value in path.values(in: payload, arrays: .opened) {
                if kind == .integer || kind == .float, value.isNumber { entries.append((value.number, UInt32(row))) }
                if kind.keepsKeys { file(value, row) }
                guard case .text(let text) = value else { continue }
                texts += 1
                textsAreSingle = textsAreSingle && texts == 1
                if kind == .datetime, let time = DateTime.microseconds(text) {
                    entries.append((Double(time), UInt32(row)))
                }
                if kind == .text { for word in TextTokens.of(text) { add(row, to: .text(word)) } }
            }
        }

        private mutating func file(_ value: Value, _ row: Int) {
            switch value {
            case .text, .integer, .bool: add(row, to: value)
            case .null: break
            default: if others.last != row { others.append(row) }
            }
        }

        /// A row is filed once under a key, however often it has it.
        private mutating func add(_ row: Int, to key: Value) {
            let place = keys[key] ?? members.count
            if place == members.count {
                keys[key] = place
                members.append([])
            }
            if members[place].last != UInt32(row) { members[place].append(UInt32(row)) }
        }

        /// The keys by their bytes, and where their rows stand.
        fileprivate func sortedKeys() -> [(encoded: [UInt8], place: Int)] {
            keys.map { key, place in
                var writer = CBORWriter()
                writer.value(key)
                return (encoded: writer.bytes, place: place)
            }
            .sorted { $0.encoded.raw.order($1.encoded.raw) < 0 }
        }
    }

    /// About how many rows satisfy the test; nil when the index does not answer it.
    func estimate(_ test: FieldTest) -> Int? {
        switch test {
        case .any(let values):
            kind.keepsKeys ? places(of: values).reduce(0) { $0 + keyRows.count($1) } : nil
        case .except: kind.keepsKeys ? others.bound : nil
        case .range(let range): kind.isNumber ? numbers?.count(range) : nil
        case .time(let range): kind == .datetime ? numbers?.count(range) : nil
        case .words(let all):
            kind == .text ? all.map { keys.place(of: .text($0)).map(keyRows.count) ?? 0 }.min() ?? 0 : nil
        case .anyWord(let any):
            kind == .text ? any.reduce(0) { $0 + (keys.place(of: .text($1)).map(keyRows.count) ?? 0) } : nil
        case .phrase, .prefix, .substring, .count, .geo: nil
        }
    }

    /// The rows that satisfy the test; nil when the index does not answer it.
    func rows(_ test: FieldTest) -> Bitmap? {
        switch test {
        case .any(let values): return kind.keepsKeys ? union(places(of: values)) : nil
        case .except(let values):
            guard kind.keepsKeys else { return nil }
            let excluded = Set(places(of: values))
            var set = union((0..<keys.count).filter { !excluded.contains($0) })
            set.formUnion(others)
            return set
        case .range(let range): return kind.isNumber ? numbers?.bitmap(range) : nil
        case .time(let range): return kind == .datetime ? numbers?.bitmap(range) : nil
        case .words(let all): return kind == .text && (textsAreSingle || all.count == 1) ? intersection(all) : nil
        case .anyWord(let any): return kind == .text ? union(any.compactMap { keys.place(of: .text($0)) }) : nil
        case .phrase, .prefix, .substring, .count, .geo: return nil
        }
    }

    /// Rows that include all that satisfy the test; nil when the index knows nothing of it.
    func candidates(_ test: FieldTest) -> Bitmap? {
        switch test {
        case .words(let all), .phrase(let all): kind == .text ? intersection(all) : nil
        default: nil
        }
    }

    /// How many rows have each key, for those who count facets.
    package func counts(among allowed: Bitmap) -> [(key: Value, count: Int)] {
        guard kind.keepsKeys else { return [] }
        return (0..<keys.count).map { (keys[$0], keyRows.count($0, among: allowed)) }
    }

    /// The rows among some by the size of their numbers, for those who order by a field.
    func ordered(
        _ order: SortedIndex.Order,
        among allowed: Bitmap,
        from: Double?,
        limit: Int
    ) -> [(value: Double, row: Int)]? {
        numbers?.rows(order, among: allowed, from: from, limit: limit)
    }

    private func places(of values: Set<Value>) -> [Int] { values.compactMap(keys.place) }

    private func union(_ places: [Int]) -> Bitmap {
        if places.count == 1, let place = places.first { return keyRows.bitmap(place) }
        var set = Bitmap(bound: others.bound)
        for place in places { keyRows.add(place, to: &set) }
        return set
    }

    private func intersection(_ all: [String]) -> Bitmap {
        var set: Bitmap?
        for word in all {
            guard let place = keys.place(of: .text(word)) else { return Bitmap(bound: others.bound) }
            var next = keyRows.bitmap(place)
            if let set { next.formIntersection(set) }
            set = next
        }
        return set ?? Bitmap(bound: others.bound)
    }
}
