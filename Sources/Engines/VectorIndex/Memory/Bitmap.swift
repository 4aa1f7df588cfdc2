internal import CKernels

/// A set of row numbers below a bound, a bit for each.
package struct Bitmap: Sendable, Hashable {
    /// Rows are 0 up to this.
    package let bound: Int
    package private(set) var words: [UInt64]

    package init(bound: Int) {
        self.bound = bound
        words = [UInt64](repeating: 0, count: (bound + 63) / 64)
    }

    /// Every number below the bound.
    package init(allBelow bound: Int) {
        self.bound = bound
        words = [UInt64](repeating: ~0, count: (bound + 63) / 64)
        trim()
    }

    /// The set that these words are; bits beyond the bound are ignored.
    init(words: [UInt64], bound: Int) {
        precondition(words.count == (bound + 63) / 64, "a bit for each row")
        self.bound = bound
        self.words = words
        trim()
    }

    package init(_ numbers: some Sequence<Int>, bound: Int) {
        self.init(bound: bound)
        for number in numbers { insert(number) }
    }

    /// The same set below a higher bound.
    package func widened(to bound: Int) -> Bitmap {
        precondition(bound >= self.bound, "a bound only grows")
        var wider = Bitmap(bound: bound)
        for index in words.indices { wider.words[index] = words[index] }
        return wider
    }

    package func contains(_ number: Int) -> Bool {
        number < bound && words[number >> 6] & (1 << UInt64(number & 63)) != 0
    }

    package mutating func insert(_ number: Int) {
        precondition(number < bound, "a member is below the bound")
        words[number >> 6] |= 1 << UInt64(number & 63)
    }

    /// Adds a number that a file gave, if it is below the bound.
    mutating func insert(checked number: Int) {
        if number < bound { words[number >> 6] |= 1 << UInt64(number & 63) }
    }

    package mutating func remove(_ number: Int) {
        precondition(number < bound, "a member is below the bound")
        words[number >> 6] &= ~(1 << UInt64(number & 63))
    }

    package mutating func formIntersection(_ other: Bitmap) {
        precondition(bound == other.bound, "sets of the same rows")
        for index in words.indices { words[index] &= other.words[index] }
    }

    /// Whether the sets have a row in common.
    package func contains(anyOf other: Bitmap) -> Bool {
        precondition(bound == other.bound, "sets of the same rows")
        return words.indices.contains { words[$0] & other.words[$0] != 0 }
    }

    package mutating func formUnion(_ other: Bitmap) {
        precondition(bound == other.bound, "sets of the same rows")
        for index in words.indices { words[index] |= other.words[index] }
    }

    package mutating func subtract(_ other: Bitmap) {
        precondition(bound == other.bound, "sets of the same rows")
        for index in words.indices { words[index] &= ~other.words[index] }
    }

    package mutating func invert() {
        for index in words.indices { words[index] = ~words[index] }
        trim()
    }

    package var count: Int {
        Int(unsafe words.withUnsafeBufferPointer { unsafe prima_bits_count($0.baseAddress, $0.count) })
    }

    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// The numbers, ascending.
    package var numbers: [Int] {
        var numbers: [Int] = []
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                numbers.append(index * 64 + rest.trailingZeroBitCount)
                rest &= rest &- 1
            }
        }
        return numbers
    }

    private mutating func trim() {
        if bound & 63 != 0, let last = words.indices.last { words[last] &= (1 << UInt64(bound & 63)) - 1 }
    }
}
