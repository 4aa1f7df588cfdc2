import Basics
import OpenSSLDriver
import Testing

/// What can be said of randomness: the right length, no repetition, no shared bytes between threads.
@Suite struct SystemRandomnessTests {
    private let randomness = SystemRandomness()

    @Test func givesAsManyBytesAsAsked() {
        for count in Array(0..<40) + [1023, 1024, 1025, 4096, 4097, 100_000] {
            #expect(randomness.bytes(count).count == count)
        }
    }

    @Test func neverRepeats() {
        var seen: Set<[UInt8]> = []
        for count in [6, 8, 12, 16] {
            for _ in 0..<5_000 { #expect(seen.insert(randomness.bytes(count)).inserted) }
        }
    }

    @Test func neverRepeatsBetweenThreads() async {
        let lists = await withTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<4 { group.addTask { (0..<2_000).map { _ in randomness.bytes(16) } } }
            return await group.reduce(into: []) { $0.append(contentsOf: $1) }
        }
        #expect(Set(lists).count == lists.count && lists.count == 8_000)
    }

    /// Every bit is set about half of the time: six standard deviations are 480 of 25,600.
    @Test func setsHalfOfTheBits() {
        var counts = [Int](repeating: 0, count: 128)
        for _ in 0..<25_600 {
            for (index, byte) in randomness.bytes(16).enumerated() {
                for bit in 0..<8 where byte >> bit & 1 == 1 { counts[8 * index + bit] += 1 }
            }
        }
        for count in counts { #expect(abs(count - 12_800) < 480) }
    }
}
