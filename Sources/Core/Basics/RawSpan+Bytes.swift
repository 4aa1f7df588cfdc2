// The one place where Core reads and copies raw memory. Every offset is checked by the load itself; `unsafe` only says
// that bytes are reinterpreted, and every pattern of bits is a valid integer. Safe per-byte loops cost 3 to 6 times
// as much in the codecs, which is why this file exists.

extension RawSpan {
    /// The byte at `offset`; traps beyond the end.
    @inlinable
    package func byte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// Eight bytes from `offset`, the first one lowest; traps beyond the end.
    @inlinable
    package func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Two, four or eight bytes from `offset`, the first one highest; traps beyond the end.
    @inlinable
    package func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as _: Number.Type) -> Number {
        Number(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    /// The bytes as a text; they must be checked UTF-8.
    @inlinable
    package var text: String {
        unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// A copy of the bytes.
    @inlinable
    package var copy: [UInt8] {
        unsafe withUnsafeBytes { unsafe [UInt8]($0) }
    }

    /// How the bytes compare, byte by byte and then by length: negative, zero or positive.
    @inlinable
    package func order(_ other: borrowing RawSpan) -> Int {
        let shared = Swift.min(byteCount, other.byteCount)
        var offset = 0
        while offset &+ 8 <= shared {
            let one = word(at: offset)
            let two = other.word(at: offset)
            if one != two { return one.byteSwapped < two.byteSwapped ? -1 : 1 }
            offset &+= 8
        }
        while offset < shared {
            let one = byte(at: offset)
            let two = other.byte(at: offset)
            if one != two { return one < two ? -1 : 1 }
            offset &+= 1
        }
        return byteCount - other.byteCount
    }

    /// Whether both hold the same bytes.
    @inlinable
    package func isSame(as other: borrowing RawSpan) -> Bool {
        byteCount == other.byteCount && order(other) == 0
    }
}

extension [UInt8] {
    /// The bytes in place.
    @inlinable
    package var raw: RawSpan {
        @_lifetime(borrow self) get { unsafe span.bytes }
    }

    /// Appends a copy of `bytes`.
    @inlinable
    package mutating func append(_ bytes: borrowing RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }

    /// Appends the UTF-8 of a literal.
    @inlinable
    package mutating func append(_ literal: StaticString) {
        literal.withUTF8Buffer { unsafe append(contentsOf: $0) }
    }

    /// Appends eight bytes, the lowest of `word` first.
    @inlinable
    package mutating func append(word: UInt64) {
        unsafe Swift.withUnsafeBytes(of: word.littleEndian) { unsafe append(contentsOf: $0) }
    }

    /// Writes `content` over the bytes from `start` on; they must be that many.
    @inlinable
    package mutating func replace(from start: Int, with content: borrowing RawSpan) {
        precondition(start >= 0 && start + content.byteCount <= count, "content is written over bytes that are there")
        guard content.byteCount > 0 else { return }
        unsafe withUnsafeMutableBytes { buffer in
            unsafe content.withUnsafeBytes { source in
                unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start...]).copyMemory(from: source)
            }
        }
    }
}

extension String.UTF8View {
    /// The bytes in place.
    @inlinable
    package var raw: RawSpan {
        @_lifetime(borrow self) get { unsafe span.bytes }
    }
}

extension String {
    /// Whether both are the same UTF-8 bytes; canonically equivalent texts are different here.
    @inlinable
    package func hasSameBytes(as other: String) -> Bool {
        self.utf8.count == other.utf8.count && utf8.raw.isSame(as: other.utf8.raw)
    }

    /// How the UTF-8 bytes compare: negative, zero or positive.
    @inlinable
    package func byteOrder(_ other: String) -> Int {
        utf8.raw.order(other.utf8.raw)
    }

    /// Feeds the UTF-8 bytes, and where they end, to `hasher`.
    @inlinable
    package func hashBytes(into hasher: inout Hasher) {
        unsafe utf8.raw.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        hasher.combine(0xFF as UInt8)
    }
}
