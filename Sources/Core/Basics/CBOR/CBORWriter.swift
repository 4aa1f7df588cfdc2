/// Appends deterministic CBOR (RFC 8949 §4.2.1) to bytes: shortest forms, definite lengths.
///
/// Maps are written as their count and then that many keys and values: the caller keeps their order, except in
/// `value`, which writes canonical maps.
package struct CBORWriter {
    package var bytes: [UInt8]

    @inlinable
    package init(bytes: consuming [UInt8] = []) { self.bytes = bytes }

    @inlinable
    package mutating func map(_ count: Int) { head(0xA0, UInt64(count)) }

    @inlinable
    package mutating func array(_ count: Int) { head(0x80, UInt64(count)) }

    @inlinable
    package mutating func integer(_ integer: Int64) {
        integer < 0 ? head(0x20, UInt64(~integer)) : head(0x00, UInt64(integer))
    }

    @inlinable
    package mutating func text(_ text: String) { self.text(utf8: text.utf8.raw) }

    /// Writes one of our own names.
    @inlinable
    package mutating func field(_ name: StaticString) {
        head(0x60, UInt64(name.utf8CodeUnitCount))
        bytes.append(name)
    }

    /// Writes a text whose UTF-8 is known to be well-formed.
    @inlinable
    package mutating func text(utf8: borrowing RawSpan) {
        head(0x60, UInt64(utf8.byteCount))
        bytes.append(utf8)
    }

    @inlinable
    package mutating func bytes(_ content: borrowing RawSpan) {
        head(0x40, UInt64(content.byteCount))
        bytes.append(content)
    }

    @inlinable
    package mutating func bytes(_ content: [UInt8]) { bytes(content.raw) }

    @inlinable
    package mutating func bool(_ bool: Bool) { bytes.append(bool ? 0xF5 : 0xF4) }

    @inlinable
    package mutating func null() { bytes.append(0xF6) }

    /// Writes a finite number in its canonical form: an integer, or the shortest float that keeps the value.
    package mutating func number(_ number: Double) {
        precondition(number.isFinite, "NaN and infinities have no canonical form")
        if let integer = Value.canonicalInteger(number) { self.integer(integer) } else { float(number) }
    }

    /// Writes the shortest float that keeps the value, whatever it is.
    package mutating func float(_ number: Double) {
        let single = Float(number)
        guard Double(single) == number || number.isNaN else {
            bytes.append(0xFB)
            bigEndian(number.bitPattern)
            return
        }
        if let half = Half.bits(of: single) {
            bytes.append(0xF9)
            bigEndian(half)
        } else {
            bytes.append(0xFA)
            bigEndian(single.bitPattern)
        }
    }

    /// Writes a value in canonical form.
    ///
    /// An integer beyond ±2⁵³ must be one that a double holds: it becomes a float.
    package mutating func value(_ value: Value) {
        switch value {
        case .null: null()
        case .bool(let bool): self.bool(bool)
        case .integer(let integer) where integer.magnitude <= UInt64(Limits.integer): self.integer(integer)
        case .integer(let integer): number(Double(integer))
        case .double(let double): number(double)
        case .text(let text): self.text(text)
        case .bytes(let bytes): self.bytes(bytes)
        case .array(let values):
            array(values.count)
            for value in values { self.value(value) }
        case .map(let fields):
            map(fields.count)
            for (key, value) in fields {
                text(key)
                self.value(value)
            }
        }
    }

    /// Writes the head of an item: its major type in the upper three bits, and its argument.
    @inlinable
    package mutating func head(_ major: UInt8, _ argument: UInt64) {
        switch argument {
        case 0..<24:
            bytes.append(major | UInt8(truncatingIfNeeded: argument))
        case 24..<0x100:
            bytes.append(major | 24)
            bytes.append(UInt8(truncatingIfNeeded: argument))
        case 0x100..<0x1_0000:
            bytes.append(major | 25)
            bigEndian(UInt16(truncatingIfNeeded: argument))
        case 0x1_0000..<0x1_0000_0000:
            bytes.append(major | 26)
            bigEndian(UInt32(truncatingIfNeeded: argument))
        default:
            bytes.append(major | 27)
            bigEndian(argument)
        }
    }

    @inlinable
    mutating func bigEndian<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) {
        var shift = Number.bitWidth - 8
        while shift >= 0 {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
            shift -= 8
        }
    }
}

/// The bits of binary16, read and made by hand so that no processor decides.
package enum Half {
    /// The half that equals `single`; nil when there is none.
    ///
    /// NaN is always 7e00.
    package static func bits(of single: Float) -> UInt16? {
        if single.isNaN { return 0x7E00 }
        let bits = single.bitPattern
        let sign = UInt16(bits >> 16) & 0x8000
        let exponent = Int(bits >> 23 & 0xFF) - 127
        let fraction = bits & 0x7F_FFFF
        switch exponent {
        case -127 where fraction == 0:
            return sign
        case 128:
            return sign | 0x7C00
        case -14...15 where fraction & 0x1FFF == 0:
            return sign | UInt16(exponent + 15) << 10 | UInt16(fraction >> 13)
        case -24 ... -15:
            let whole = fraction | 0x80_0000
            let shift = UInt32(-exponent - 1)
            return whole & (1 << shift - 1) == 0 ? sign | UInt16(whole >> shift) : nil
        default:
            return nil
        }
    }

    /// What the bits of a half mean.
    package static func value(_ bits: UInt16) -> Double {
        let sign: Double = bits & 0x8000 == 0 ? 1 : -1
        let fraction = Double(bits & 0x3FF)
        switch bits >> 10 & 0x1F {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        case let exponent:
            return sign * (1 + fraction * 0x1p-10) * Double(sign: .plus, exponent: Int(exponent) - 15, significand: 1)
        }
    }
}
