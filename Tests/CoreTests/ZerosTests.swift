import Basics
import TestSupport
import Testing

@Suite struct ZerosTests {
    @Test func findsTheLastByteThatIsNotZero() {
        var random = SeededRandom(seed: 3)
        for count in 0..<40 {
            var bytes = [UInt8](repeating: 0, count: count)
            #expect(bytes.raw.lastNonZero == nil && bytes.raw.isZero)
            for index in 0..<count {
                bytes[index] = UInt8(1 << random.below(8))
                #expect(bytes.raw.lastNonZero == index && !bytes.raw.isZero)
                if random.chance(500) { bytes[index] = 0 }
            }
            #expect(bytes.raw.lastNonZero == bytes.lastIndex { $0 != 0 })
        }
    }
}
