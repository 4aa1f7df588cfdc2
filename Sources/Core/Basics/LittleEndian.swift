/// Integers in bytes, least significant byte first.
extension RawSpan {
    /// The integer whose bytes begin at `offset`; they must lie inside.
    @inlinable
    package func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int,
        as type: Integer.Type = Integer.self
    ) -> Integer {
        precondition(
            offset >= 0 && offset <= byteCount - MemoryLayout<Integer>.size,
            "an integer lies inside the bytes that are read"
        )
        // The range was checked in the line above.
        return unsafe Integer(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Integer.self))
    }
}

extension [UInt8] {
    /// Appends an integer, least significant byte first.
    @inlinable
    package mutating func append<Integer: FixedWidthInteger>(littleEndian integer: Integer) {
        unsafe Swift.withUnsafeBytes(of: integer.littleEndian) { unsafe append(contentsOf: $0) }
    }

    /// Writes an integer over the bytes at `offset`, least significant byte first.
    @inlinable
    package mutating func replace<Integer: FixedWidthInteger>(at offset: Int, littleEndian integer: Integer) {
        var rest = integer
        for index in offset..<offset + MemoryLayout<Integer>.size {
            self[index] = UInt8(truncatingIfNeeded: rest)
            rest = rest &>> 8
        }
    }

    /// Writes bytes over those at `offset`.
    package mutating func replace(at offset: Int, with bytes: some Collection<UInt8>) {
        var index = offset
        for byte in bytes {
            self[index] = byte
            index += 1
        }
    }

    /// The integer whose bytes begin at `offset`; they must lie inside.
    @inlinable
    package func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int,
        as type: Integer.Type = Integer.self
    ) -> Integer {
        raw.integer(at: offset, as: type)
    }
}
