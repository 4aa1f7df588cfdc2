internal import CKernels

extension Hypervector {
    /// What resembles all of `members`: each bit as most of them have it.
    ///
    /// An even number of members can be undecided; then `tie` counts as one more. Nil when there are no members.
    package static func bundle(_ members: [Hypervector], tie: Hypervector) -> Hypervector? {
        guard let first = members.first else { return nil }
        precondition(members.allSatisfy { $0.bits == tie.bits }, "hypervectors of one size")
        var rows: [UInt64] = []
        rows.reserveCapacity(members.count * first.words.count)
        for member in members { rows.append(contentsOf: member.words) }
        return majority(of: rows, count: members.count, tie: tie)
    }

    /// The same of an odd number of members, which is never undecided; nil for an even number.
    package static func bundle(odd members: [Hypervector]) -> Hypervector? {
        guard members.count % 2 == 1, let first = members.first else { return nil }
        return bundle(members, tie: first)
    }

    /// What resembles all of `members`, each as strongly as its weight says, the opposite of those with a negative
    /// one.
    ///
    /// Where the sums are zero, the bits of `tie` decide.
    package static func bundle(weighted members: [(Hypervector, weight: Int32)], tie: Hypervector) -> Hypervector {
        var sums = BitSums(bits: tie.bits)
        for (member, weight) in members { sums.add(member, weight: weight) }
        return sums.majority(tie: tie)
    }

    /// How the majority is found; all ways must agree.
    package enum BundlePath: Sendable, CaseIterable { case best, portable, wide }

    static func majority(
        of rows: [UInt64],
        count: Int,
        tie: Hypervector,
        by path: BundlePath = .best
    ) -> Hypervector? {
        let width = tie.words.count
        precondition(rows.count == count * width && count > 0, "rows have the width of a hypervector")
        guard path != .wide || prima_bits_wide_available() != 0 else { return nil }
        let words = unsafe [UInt64](unsafeUninitializedCapacity: width) { buffer, initialized in
            unsafe rows.withUnsafeBufferPointer { rows in
                unsafe tie.words.withUnsafeBufferPointer { tie in
                    let way =
                        switch path {
                        case .best: unsafe prima_bits_majority
                        case .portable: unsafe prima_bits_majority_portable
                        case .wide: unsafe prima_bits_majority_wide
                        }
                    unsafe way(rows.baseAddress, width, count, tie.baseAddress, buffer.baseAddress)
                }
            }
            initialized = width
        }
        return Hypervector(checked: words)
    }
}

/// For each bit, how much more weight has it set than not: a bundle that grows.
package struct BitSums: Sendable, Hashable {
    package private(set) var sums: [Int32]

    package init(bits: Int = Hypervector.commonBits) { sums = [Int32](repeating: 0, count: bits) }

    /// The sums stay within 32 bits as long as the weights' magnitudes add up to less.
    package mutating func add(_ member: Hypervector, weight: Int32 = 1) {
        precondition(member.bits == sums.count, "hypervectors of one size")
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe member.words.withUnsafeBufferPointer {
                unsafe prima_bits_weigh($0.baseAddress, $0.count, weight, sums.baseAddress)
            }
        }
    }

    /// The bits whose sums are positive; where they are zero, those of `tie`.
    package func majority(tie: Hypervector) -> Hypervector {
        precondition(tie.bits == sums.count, "hypervectors of one size")
        return Hypervector(
            checked: tie.words.indices.map { index in
                var word: UInt64 = 0
                for bit in 0..<64 {
                    let sum = sums[index * 64 + bit]
                    let isSet = sum > 0 || sum == 0 && tie.words[index] >> UInt64(bit) & 1 != 0
                    if isSet { word |= 1 << UInt64(bit) }
                }
                return word
            }
        )
    }
}
