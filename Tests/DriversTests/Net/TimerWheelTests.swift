import TestSupport
import Testing

@testable import NetDriver

/// The wheel against a list of deadlines.
@Suite struct TimerWheelTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func firesLikeAList(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var wheel = TimerWheel()
        var table = ConnectionTable(limit: 64)
        // Near the end of what a tick counts, so that it wraps.
        var now = UInt32.max - 300
        wheel.start(at: now)
        var model: [UInt32: Int] = [:]
        var time = 0
        var indices: [UInt32] = []
        for number in 0..<40 {
            let token = table.insert(Int32(number), listener: 0)
            indices.append(try #require(token).index)
        }
        for _ in 0..<3_000 {
            switch random.below(4) {
            case 0, 1:
                let index = indices[random.below(indices.count)]
                let ticks = random.chance(100) ? 600 + random.below(900) : 1 + random.below(60)
                wheel.set(index, in: &table, now: now, after: UInt32(ticks))
                model[index] = time + ticks
            case 2:
                let index = indices[random.below(indices.count)]
                wheel.cancel(index, in: &table)
                model[index] = nil
            default:
                let steps = random.chance(20) ? 700 : random.below(12)
                (now, time) = (now &+ UInt32(steps), time + steps)
                var due: [ConnectionToken] = []
                wheel.advance(to: now, &table, &due)
                let expected = model.filter { $0.value <= time }.keys.sorted()
                #expect(due.map(\.index).sorted() == expected, "seed \(seed)")
                for index in expected { model[index] = nil }
            }
            #expect(wheel.count == model.count)
        }
    }

    @Test func alarmsGoOffInOrder() {
        var (alarms, random) = (Alarms(), SeededRandom(seed: 5))
        let times = (0..<200).map { _ in Int64(random.below(50)) }
        for time in times { alarms.add(time) { _ in } }
        var taken: [(Int64, UInt64)] = []
        while let alarm = alarms.take(30) { taken.append((alarm.due, alarm.rank)) }
        #expect(taken.map(\.0) == times.filter { $0 <= 30 }.sorted())
        #expect(zip(taken, taken.dropFirst()).allSatisfy { $0 < $1 })
        #expect(alarms.next == times.filter { $0 > 30 }.min())
    }
}
