import Integrity
import TestSupport
import Testing

/// CRC-32C by every path, against the vectors of RFC 3720 and against the definition.
@Suite struct CRC32CTests {
    /// RFC 3720, appendix B.4 (the bytes of a checksum are sent lowest first), and the check value of the catalogues.
    static let published: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
        ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
        ([UInt8](0..<32), 0x46dd_794e),
        ([UInt8]((0..<32).reversed()), 0x113f_db5c),
        (
            hex(
                """
                01c00000 00000000 00000000 00000000 14000000 00000400 00000014 00000018
                28000000 00000000 02000000 00000000
                """
            ), 0xd996_3a56
        ),
        (Array("123456789".utf8), 0xe306_9283),
        ([], 0),
    ]

    @Test(arguments: published)
    func agreesWithPublished(_ bytes: [UInt8], _ expected: UInt32) {
        #expect(checksum(bytes) == expected)
        for path in CRC32C.Path.allCases { #expect(checksum(bytes, by: path) ?? expected == expected, "\(path)") }
    }

    /// This machine must not silently test the portable path only.
    @Test func hasTheHardwarePathWhereTheSuiteRuns() {
        #if arch(x86_64) || arch(arm64)
        #expect(checksum([1, 2, 3], by: .hardware) != nil)
        #endif
    }

    /// Every length around the sizes of the interleaved lanes, at every alignment.
    @Test func pathsAgree() {
        var random = SeededRandom(seed: 1)
        let bytes = random.bytes(20_000)
        var lengths = Array(0...800)
        for lane in [2048, 6144, 12288, 18432] { lengths.append(contentsOf: (lane - 17)...(lane + 17)) }
        for length in lengths {
            let start = random.below(8)
            let seed = UInt32(truncatingIfNeeded: random.next())
            let part = Array(bytes[start..<(start + length)])
            let portable = checksum(part, seed: seed, by: .portable)
            #expect(checksum(part, seed: seed) == portable, "\(length) bytes from \(start)")
            #expect(checksum(part, seed: seed, by: .hardware) ?? portable == portable, "\(length) bytes from \(start)")
            if length <= 300 { #expect(bitwise(part, seed: seed) == portable, "\(length) bytes from \(start)") }
        }
    }

    @Test func goesOnFromASeed() {
        var random = SeededRandom(seed: 2)
        for _ in 0..<200 {
            let bytes = random.bytes(random.below(9_000))
            let middle = random.below(bytes.count + 1)
            let first = checksum(Array(bytes[..<middle]))
            #expect(checksum(Array(bytes[middle...]), seed: first) == checksum(bytes))
        }
    }

    @Test func noticesEveryBit() {
        var random = SeededRandom(seed: 3)
        var bytes = random.bytes(400)
        let whole = checksum(bytes)
        for bit in 0..<(8 * bytes.count) {
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(checksum(bytes) != whole)
            bytes[bit / 8] ^= 1 << (bit % 8)
        }
    }

    private func checksum(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
        unsafe CRC32C.checksum(bytes.span.bytes, seed: seed)
    }

    private func checksum(_ bytes: [UInt8], seed: UInt32 = 0, by path: CRC32C.Path) -> UInt32? {
        unsafe CRC32C.checksum(bytes.span.bytes, seed: seed, by: path)
    }

    /// The definition, bit by bit.
    private func bitwise(_ bytes: [UInt8], seed: UInt32) -> UInt32 {
        var crc = ~seed
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
        }
        return ~crc
    }
}
