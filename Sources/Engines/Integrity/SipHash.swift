internal import Basics

/// SipHash-2-4: a short keyed hash that nobody without the key can make collide.
///
/// For look-ups that attackers fill (idempotency keys, subjects) and for blinding names on disk. Not for proofs:
/// it is 64 bits wide. A domain byte in front keeps the uses of one key apart.
package struct SipHash: Sendable {
    private let key: (UInt64, UInt64)

    package init(key: (UInt64, UInt64)) { self.key = key }

    /// The hash of `bytes` as they are: what the published vectors give.
    package func hash(_ bytes: RawSpan) -> UInt64 {
        var state = State(key)
        let last = state.absorb(bytes, from: 0)
        return state.finish(last.word, total: bytes.byteCount)
    }

    /// The hash of domain ‖ bytes.
    package func hash(_ domain: UInt8, _ bytes: RawSpan) -> UInt64 {
        var state = State(key)
        let last = state.absorb(bytes, after: domain)
        return state.finish(last.word, total: bytes.byteCount + 1)
    }

    /// The hash of domain ‖ bytes ‖ number, the number as eight bytes, the lowest first.
    package func hash(_ domain: UInt8, _ bytes: RawSpan, _ number: UInt64) -> UInt64 {
        var state = State(key)
        let last = state.absorb(bytes, after: domain)
        state.compress(last.word | number &<< UInt64(8 * last.count))
        // Eight more bytes leave as many over as before: the high ones of the number. (A smart shift by 64 is 0.)
        let rest = number >> UInt64(64 - 8 * last.count)
        return state.finish(rest, total: bytes.byteCount + 9)
    }
}

/// The four words that SipHash stirs.
private struct State {
    private var v0, v1, v2, v3: UInt64

    init(_ key: (UInt64, UInt64)) {
        v0 = key.0 ^ 0x736f_6d65_7073_6575
        v1 = key.1 ^ 0x646f_7261_6e64_6f6d
        v2 = key.0 ^ 0x6c79_6765_6e65_7261
        v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v2 &+= v3
        v1 = (v1 << 13 | v1 >> 51) ^ v0
        v3 = (v3 << 16 | v3 >> 48) ^ v2
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v1
        v0 &+= v3
        v1 = (v1 << 17 | v1 >> 47) ^ v2
        v3 = (v3 << 21 | v3 >> 43) ^ v0
        v2 = v2 << 32 | v2 >> 32
    }

    @inline(__always)
    mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    /// The bytes that fill no word, the first lowest, and how many of them (0 to 7) there are.
    typealias Rest = (word: UInt64, count: Int)

    /// Takes domain ‖ bytes.
    @inline(__always)
    mutating func absorb(_ bytes: RawSpan, after domain: UInt8) -> Rest {
        guard bytes.byteCount >= 7 else {
            return (UInt64(domain) | Self.tail(bytes, from: 0) &<< 8, bytes.byteCount + 1)
        }
        // The first word is the domain and seven bytes (two loads that share one); from there words are whole again.
        let seven = Self.half(bytes, 0) | Self.half(bytes, 3) &<< 24
        compress(UInt64(domain) | seven &<< 8)
        return absorb(bytes, from: 7)
    }

    /// Takes the bytes from `offset`.
    @inline(__always)
    mutating func absorb(_ bytes: RawSpan, from offset: Int) -> Rest {
        var offset = offset
        while bytes.byteCount &- offset >= 8 {
            compress(bytes.word(at: offset))
            offset &+= 8
        }
        return (Self.tail(bytes, from: offset), bytes.byteCount &- offset)
    }

    @inline(__always)
    mutating func finish(_ rest: UInt64, total: Int) -> UInt64 {
        compress(rest | UInt64(truncatingIfNeeded: total) &<< 56)
        v2 ^= 0xff
        round()
        round()
        round()
        round()
        return v0 ^ v1 ^ v2 ^ v3
    }

    /// The at most seven bytes from `offset` on, without a loop: loads that overlap agree where they do.
    @inline(__always)
    private static func tail(_ bytes: RawSpan, from offset: Int) -> UInt64 {
        let count = bytes.byteCount &- offset
        if count >= 4 {
            let high = half(bytes, bytes.byteCount &- 4)
            return half(bytes, offset) | high &<< UInt64(8 &* (count &- 4))
        }
        guard count > 0 else { return 0 }
        let middle = count / 2
        return UInt64(bytes.byte(at: offset))
            | UInt64(bytes.byte(at: offset &+ middle)) &<< UInt64(8 &* middle)
            | UInt64(bytes.byte(at: bytes.byteCount &- 1)) &<< UInt64(8 &* (count &- 1))
    }

    @inline(__always)
    private static func half(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        UInt64(bytes.bigEndian(at: offset, as: UInt32.self).byteSwapped)
    }
}
