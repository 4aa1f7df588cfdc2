import TestSupport
import Testing

@testable import Devices

@Suite struct RateLimitsTests {
    @Test func theClassesAreTheContracts() {
        let contract = [
            "field_update": "30/60/10", "sacred_phrase": "5/60/60", "sync_batch": "10/60/30",
            "entanglement": "3/300/120",
            "room64_action": "20/60/15", "archaeology": "10/300/60", "chat_message": "20/60/30",
        ]
        let ours = LimitClass.allCases.map { ($0.rawValue, $0.standard.text) }
        #expect(Dictionary(uniqueKeysWithValues: ours) == contract)
    }

    @Test(arguments: LimitClass.allCases) func exactlyItsPointsInAWindow(_ limit: LimitClass) {
        let limits = RateLimits()
        let rule = limit.standard
        for index in 0..<rule.points {
            // As late in the window as may be.
            let verdict = limits.take(limit, of: "device-0001", now: index == 0 ? 0 : rule.windowSeconds * 1000 - 1)
            #expect(!verdict.isBlocked && verdict.remaining == rule.points - index - 1 && verdict.retrySeconds == nil)
        }
        let edge = rule.windowSeconds * 1000 - 1
        let refused = limits.take(limit, of: "device-0001", now: edge)
        #expect(refused.isBlocked && refused.retrySeconds == rule.blockSeconds && refused.remaining == 0)
        #expect(!limits.take(limit, of: "device-0002", now: edge).isBlocked)
        // A refused call lengthens no block.
        for wait in [1, rule.blockSeconds * 500, rule.blockSeconds * 1000 - 1] {
            let verdict = limits.take(limit, of: "device-0001", now: edge + wait)
            #expect(verdict.isBlocked && verdict.retrySeconds == (rule.blockSeconds * 1000 - wait + 999) / 1000)
        }
        let after = limits.take(limit, of: "device-0001", now: edge + rule.blockSeconds * 1000)
        #expect(!after.isBlocked && after.remaining == rule.points - 1)
    }

    @Test func aNewWindowHasAllItsPoints() {
        let limits = RateLimits()
        for _ in 0..<5 { _ = limits.take(.sacredPhrase, of: "d", now: 1000) }
        #expect(limits.status(.sacredPhrase, of: "d", now: 60_999).remaining == 0)
        #expect(!limits.status(.sacredPhrase, of: "d", now: 60_999).isBlocked)
        #expect(limits.status(.sacredPhrase, of: "d", now: 61_000).remaining == 5)
        #expect(limits.take(.sacredPhrase, of: "d", now: 61_000).remaining == 4)
    }

    @Test func askingForTheStatusCostsNothing() {
        let limits = RateLimits()
        for _ in 0..<100 { #expect(limits.status(.entanglement, of: "d", now: 0).remaining == 3) }
        _ = limits.take(.entanglement, of: "d", now: 0)
        let status = limits.status(.entanglement, of: "d", now: 1)
        #expect(status.remaining == 2 && status.limit == 3 && status.resetSeconds == 300 && !status.isBlocked)
    }

    @Test func rulesAreConfigured() throws {
        #expect(LimitRule.reading("0") == .lifted)
        let rule = try #require(LimitRule(points: 2, windowSeconds: 10, blockSeconds: 0))
        #expect(LimitRule.reading("2/10/0") == .rule(rule))
        for text in ["", "2", "2/10", "2/10/0/0", "-2/10/0", "0/10/0", "2/0/0", "a/b/c", " 2/10/0", "2//0"] {
            #expect(LimitRule.reading(text) == nil, "\(text)")
        }
        let limits = RateLimits([.syncBatch: .lifted, .chatMessage: .rule(rule)])
        for _ in 0..<1000 { #expect(!limits.take(.syncBatch, of: "d", now: 0).isBlocked) }
        #expect(limits.take(.syncBatch, of: "d", now: 0).limit == nil)
        for now in [0, 0] as [Int64] { #expect(!limits.take(.chatMessage, of: "d", now: now).isBlocked) }
        // Without a block one waits for the window.
        #expect(limits.take(.chatMessage, of: "d", now: 4000).retrySeconds == 6)
        #expect(!limits.take(.chatMessage, of: "d", now: 10_000).isBlocked)
        #expect(limits.setting(of: .fieldUpdate) == .rule(LimitClass.fieldUpdate.standard))
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func aTableIsADictionary(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = LimitTable(capacity: 1 << 20)
        var model: [UInt64: LimitTable.Window] = [:]
        var now: Int64 = 0
        for _ in 0..<20_000 {
            now += Int64(random.below(3))
            let asker = UInt64(random.below(400)) << UInt64(random.below(3) * 5)
            let known = model[asker == 0 ? 1 : asker].flatMap { $0.end > now ? $0 : nil }
            #expect(table.window(of: asker, at: now) == known)
            let end = now + Int64(random.below(200))
            let used = UInt32(random.below(9))
            let was = table.change(of: asker, at: now) { window in
                defer { window = LimitTable.Window(end: end, used: used, isBlocked: false) }
                return window
            }
            #expect(was == known)
            model[asker == 0 ? 1 : asker] = LimitTable.Window(end: end, used: used, isBlocked: false)
        }
        #expect(table.slotCount <= 4096)
    }

    @Test func aMillionDevicesHaveRoomAndNoMore() {
        var table = LimitTable(capacity: 10_000)
        func use(_ asker: UInt64, _ now: Int64) -> UInt32 {
            table.change(of: asker, at: now) { window in
                var current = window ?? LimitTable.Window(end: now + 60_000, used: 0, isBlocked: false)
                current.used += 1
                window = current
                return current.used
            }
        }
        for device in 1...10_000 as ClosedRange<UInt64> {
            #expect(use(SeededRandom.mix(device), 0) == 1)
        }
        let slots = table.slotCount
        #expect(slots <= 32_768)
        // Beyond the capacity one window is everybody's; who was there has its own.
        #expect((1...5).map { use(SeededRandom.mix(20_000 + $0), 1) } == [1, 2, 3, 4, 5])
        #expect(use(SeededRandom.mix(7), 1) == 2)
        // What is over makes room, and memory does not grow.
        for device in 1...100_000 as ClosedRange<UInt64> {
            #expect(use(SeededRandom.mix(1_000_000 + device), 60_000 * (1 + Int64(device) / 5000)) == 1)
        }
        #expect(table.slotCount <= slots)
    }
}
