internal import Basics

/// Numbers one after the other in a block: made here, or standing in a mapped file.
///
/// A file is not read until a number is asked for; bytes stand least significant first, as in memory.
struct Packed<Element: BitwiseCopyable & Sendable>: Sendable {
    let count: Int
    private let block: Block

    init(_ elements: [Element]) {
        count = elements.count
        block = Block(byteCount: elements.count * MemoryLayout<Element>.stride)
        unsafe elements.withUnsafeBytes { unsafe block.write($0.bytes, at: 0) }
    }

    /// All that fits into a block.
    init(_ block: Block) {
        count = block.byteCount / MemoryLayout<Element>.stride
        self.block = block
    }

    subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count, "a number stands in its block")
        // Every pattern of bits is a number; the place was checked.
        return unsafe block.base.loadUnaligned(
            fromByteOffset: index &* MemoryLayout<Element>.stride,
            as: Element.self
        )
    }

    /// The numbers as they stand in a file.
    var bytes: RawSpan {
        @_lifetime(borrow self) get { bytes(0..<count) }
    }

    /// Some numbers as they stand in a file.
    @_lifetime(borrow self)
    func bytes(_ range: Range<Int>) -> RawSpan {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "numbers stand in their block")
        let size = MemoryLayout<Element>.stride
        let start = unsafe UnsafeRawPointer(block.base) + range.lowerBound * size
        let span = unsafe RawSpan(_unsafeStart: start, byteCount: range.count * size)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}

extension Packed<UInt64> {
    /// A set of rows that was written as its words; what lies beyond the bound is ignored.
    func bitmap(from first: Int = 0, bound: Int) -> Bitmap {
        var words: [UInt64] = []
        words.reserveCapacity((bound + 63) / 64)
        for index in 0..<(bound + 63) / 64 { words.append(first + index < count ? self[first + index] : 0) }
        return Bitmap(words: words, bound: bound)
    }
}
