/// The values that the rows of a database hold, each with its number: immutable, shared by every reader.
///
/// New values come in chunks behind the old ones; small chunks melt into larger ones, so that there are few, and a
/// number never changes.
struct Lexicon: Sendable {
    private(set) var chunks: [Chunk] = []

    @safe final class Chunk: @unchecked Sendable {
        let start: Int
        fileprivate(set) var values: [Datum]
        private let places: RowSet

        init(start: Int, values: [Datum]) {
            self.start = start
            self.values = values
            places = RowSet(capacity: values.count)
            for index in values.indices { insert(index) }
        }

        private func insert(_ index: Int) {
            _ = places.findOrInsert(index, hash: values[index].codeHash) { $0 == index }
        }

        func find(_ value: Datum, hash: UInt64) -> Int? {
            places.find(hash) { self.values[$0] == value }.map { $0 + start }
        }

        /// The number of the value, which is added when it is new.
        func intern(_ value: Datum, hash: UInt64) -> Int {
            let next = values.count
            let index = places.findOrInsert(next, hash: hash) { self.values[$0] == value }
            if index == next { values.append(value) }
            return start + index
        }
    }

    /// How many values have a number.
    var count: Int { chunks.last.map { $0.start + $0.values.count } ?? 0 }

    func find(_ value: Datum, hash: UInt64) -> Int? {
        for chunk in chunks.reversed() {
            if let number = chunk.find(value, hash: hash) { return number }
        }
        return nil
    }

    subscript(number: Int) -> Datum {
        for chunk in chunks.reversed() where number >= chunk.start { return chunk.values[number - chunk.start] }
        preconditionFailure("a code of this lexicon")
    }

    /// The lexicon with these values behind its own.
    func adding(_ values: [Datum]) -> Lexicon {
        guard !values.isEmpty else { return self }
        var larger = self
        var values = values
        var start = count
        while let last = larger.chunks.last, last.values.count <= values.count * 2 {
            values = last.values + values
            start = last.start
            larger.chunks.removeLast()
        }
        larger.chunks.append(Chunk(start: start, values: values))
        return larger
    }
}

/// Gives values their codes during one evaluation: those of the lexicon, and new ones for what only it has seen.
@safe final class Interner {
    let lexicon: Lexicon
    private let base: Int
    private let local: Lexicon.Chunk

    init(_ lexicon: Lexicon) {
        self.lexicon = lexicon
        base = lexicon.count
        local = Lexicon.Chunk(start: base, values: [])
    }

    /// Values that are not in the lexicon.
    var newValues: Int { local.values.count }

    @inline(__always)
    func encode(_ value: Datum) -> Code {
        if case .int(let number) = value, let code = Codes.code(number) { return code }
        return encodeOther(value)
    }

    private func encodeOther(_ value: Datum) -> Code {
        let hash = value.codeHash
        if let number = lexicon.find(value, hash: hash) { return Code(truncatingIfNeeded: number) }
        return Code(truncatingIfNeeded: local.intern(value, hash: hash))
    }

    @inline(__always)
    func decode(_ code: Code) -> Datum {
        Codes.isInteger(code) ? .int(Codes.integer(code)) : decodeOther(code)
    }

    private func decodeOther(_ code: Code) -> Datum {
        let number = Int(code)
        return number >= base ? local.values[number - base] : lexicon[number]
    }

    func isLocal(_ code: Code) -> Bool { !Codes.isInteger(code) && Int(code) >= base }

    /// The total order of the values.
    @inline(__always)
    func order(_ one: Code, _ other: Code) -> Order {
        if one == other { return .equal }
        if Codes.isInteger(one), Codes.isInteger(other) { return one < other ? .less : .greater }
        return decode(one).order(to: decode(other))
    }
}

extension Datum {
    /// A hash of the key: equal keys have equal hashes, and it is the same in every process.
    var codeHash: UInt64 {
        var hash: UInt64 = 0
        mix(into: &hash)
        return ColumnIndex.finished(hash)
    }

    private func mix(into hash: inout UInt64) {
        func word(_ word: UInt64) {
            let mixed = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
            hash = mixed ^ (mixed >> 29)
        }
        func bytes(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        word(UInt64(rank))
        switch self {
        case .null, .bottom: break
        case .bool(let bool): word(bool ? 1 : 0)
        case .int(let number): word(UInt64(bitPattern: number))
        case .float(let number): word(number.isNaN ? 1 : number.bitPattern)
        case .text(let text): bytes(text.utf8)
        case .bytes(let content): bytes(content)
        case .uuid(let id):
            word(id.high)
            word(id.low)
        case .regex(let pattern): bytes(pattern.source.utf8)
        case .list(let elements), .set(let elements):
            word(UInt64(elements.count))
            for element in elements { element.mix(into: &hash) }
        case .vector(let vector): for element in vector.doubles { word(element.isNaN ? 1 : element.bitPattern) }
        case .json(let tree): bytes(tree.description.utf8)
        case .validity(let validity):
            word(UInt64(bitPattern: validity.moment))
            word(validity.isAssertion ? 1 : 0)
        }
    }
}
