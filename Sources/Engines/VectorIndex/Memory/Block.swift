internal import CKernels

/// Memory that kernels walk through: aligned to lines of the cache, on large pages when large, and growing in place
/// of being made anew.
///
/// One thread changes it while no other reads; whoever shares it keeps to that. A mapped block is never changed.
@safe package final class Block: @unchecked Sendable {
    /// How much the block can hold.
    private(set) var byteCount: Int
    /// Its first byte; valid until the block grows or goes.
    @unsafe private(set) var base: UnsafeMutableRawPointer
    /// Who owns the bytes of a mapped block.
    private let owner: (any MappedBytes)?

    init(byteCount: Int) {
        self.byteCount = Swift.max(byteCount, 64)
        unsafe base = Self.make(self.byteCount)
        owner = nil
    }

    /// The bytes of a mapped file, which stay where they are while it lives.
    init(mapped owner: any MappedBytes, _ range: Range<Int>) {
        byteCount = range.count
        self.owner = owner
        unsafe base = owner.withBytes { bytes in
            precondition(range.upperBound <= bytes.byteCount, "a block lies inside its file")
            guard let start = unsafe bytes.withUnsafeBytes({ $0.baseAddress }) else {
                preconditionFailure("a mapped file has an address")
            }
            return unsafe UnsafeMutableRawPointer(mutating: start + range.lowerBound)
        }
    }

    /// A copy of a block in memory of its own.
    convenience init(copying other: Block) {
        self.init(byteCount: other.byteCount)
        write(other.raw, at: 0)
    }

    /// Whether the bytes stand in a mapped file.
    var isMapped: Bool { owner != nil }

    deinit {
        if owner == nil { unsafe prima_block_free(base) }
    }

    private static func make(_ byteCount: Int) -> UnsafeMutableRawPointer {
        guard let made = unsafe prima_block_make(byteCount) else { preconditionFailure("out of memory") }
        return unsafe made
    }

    /// Makes room for `needed` bytes, half as much again when it must move; new bytes are zero.
    func reserve(_ needed: Int) {
        guard needed > byteCount else { return }
        precondition(owner == nil, "a mapped block does not grow")
        let larger = Swift.max(needed, byteCount + byteCount / 2)
        let moved = unsafe Self.make(larger)
        unsafe moved.copyMemory(from: base, byteCount: byteCount)
        unsafe prima_block_free(base)
        unsafe base = moved
        byteCount = larger
    }

    /// All bytes.
    var raw: RawSpan {
        @_lifetime(borrow self) get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: byteCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    func write(_ bytes: borrowing RawSpan, at offset: Int) {
        precondition(owner == nil, "a mapped block is not written")
        precondition(offset >= 0 && bytes.byteCount <= byteCount - offset, "a write lies inside its block")
        unsafe bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress else { return }
            unsafe (base + offset).copyMemory(from: from, byteCount: source.count)
        }
    }

    /// A copy of some bytes.
    func copy(_ range: Range<Int>) -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "a range lies inside its block")
        return unsafe [UInt8](UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    /// A copy of `count` floats that begin at a byte.
    func floats(at offset: Int, count: Int) -> [Float] {
        precondition(offset >= 0 && count * 4 <= byteCount - offset && offset % 4 == 0, "floats lie inside their block")
        let start = unsafe (base + offset).assumingMemoryBound(to: Float.self)
        return unsafe [Float](UnsafeBufferPointer(start: start, count: count))
    }

    func fill(_ range: Range<Int>, with byte: UInt8) {
        precondition(owner == nil, "a mapped block is not written")
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "a range lies inside its block")
        unsafe (base + range.lowerBound).initializeMemory(as: UInt8.self, repeating: byte, count: range.count)
    }

    func number(_ index: Int) -> UInt32 {
        precondition(index >= 0 && index < byteCount / 4, "a number lies inside its block")
        return unsafe base.load(fromByteOffset: index * 4, as: UInt32.self)
    }

    func setNumber(_ index: Int, to number: UInt32) {
        precondition(owner == nil && index >= 0 && index < byteCount / 4, "a number lies inside its own block")
        unsafe base.storeBytes(of: number, toByteOffset: index * 4, as: UInt32.self)
    }

    func byte(_ index: Int) -> UInt8 {
        precondition(index >= 0 && index < byteCount, "a byte lies inside its block")
        return unsafe base.load(fromByteOffset: index, as: UInt8.self)
    }

    func setByte(_ index: Int, to byte: UInt8) {
        precondition(owner == nil && index >= 0 && index < byteCount, "a byte lies inside its own block")
        unsafe base.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
    }
}

/// A file whose bytes are at hand without being read: they do not move, and do not change, while the value lives.
package protocol MappedBytes: AnyObject, Sendable {
    func withBytes<Result>(_ body: (borrowing RawSpan) -> Result) -> Result
}

extension [Float] {
    /// The numbers as they lie in memory.
    package var raw: RawSpan {
        @_lifetime(borrow self) get { unsafe span.bytes }
    }
}

extension [Int8] {
    /// The numbers as they lie in memory.
    var raw: RawSpan {
        @_lifetime(borrow self) get { unsafe span.bytes }
    }
}

extension [UInt64] {
    /// The words as they lie in memory.
    package var raw: RawSpan {
        @_lifetime(borrow self) get { unsafe span.bytes }
    }
}
