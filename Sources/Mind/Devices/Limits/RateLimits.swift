internal import Basics

/// How often each device may do what: the classes with their rules, and the windows of those who asked lately.
///
/// A window begins with the first call in it. Who asks beyond its points is blocked; a refused call costs no points and
/// lengthens no block, and after a block everything is forgiven. Each class has its windows in many tables, each behind
/// a lock, so that none is held long. Time comes from the caller, in milliseconds, and may stand still.
package final class RateLimits: Sendable {
    /// So many askers are remembered in a class; those beyond share one window in each of its tables.
    package static let capacity = 1 << 21
    private static let tableCount = 64

    private let settings: [LimitClass: LimitSetting]
    private let tables: [LimitClass: [Lock<LimitTable>]]

    /// `settings` outrank the standard rules.
    package init(_ settings: [LimitClass: LimitSetting] = [:], capacity: Int = RateLimits.capacity) {
        var all: [LimitClass: LimitSetting] = [:]
        var tables: [LimitClass: [Lock<LimitTable>]] = [:]
        for limit in LimitClass.allCases {
            all[limit] = settings[limit] ?? .rule(limit.standard)
            let each = max(1, capacity / Self.tableCount)
            tables[limit] = (0..<Self.tableCount).map { _ in Lock(LimitTable(capacity: each)) }
        }
        self.settings = all
        self.tables = tables
    }

    /// What a call is answered, and what the standard headers say.
    package struct Verdict: Sendable, Hashable {
        /// `RateLimit-Limit`; nil when the class has no limit.
        package let limit: Int64?
        /// `RateLimit-Remaining`.
        package let remaining: Int64
        /// `RateLimit-Reset`: until the window or the block ends, rounded up.
        package let resetSeconds: Int64
        package let isBlocked: Bool

        /// `Retry-After`: at least a second; nil for a call that is granted.
        package var retrySeconds: Int64? { isBlocked ? max(1, resetSeconds) : nil }

        static let free = Verdict(limit: nil, remaining: .max, resetSeconds: 0, isBlocked: false)
    }

    /// What holds for a class.
    package func setting(of limit: LimitClass) -> LimitSetting { settings[limit] ?? .lifted }

    /// Takes a point of a device's, or refuses.
    package func take(_ limit: LimitClass, of device: String, now: Int64) -> Verdict {
        guard case .rule(let rule)? = settings[limit], let tables = tables[limit] else { return .free }
        let asker = Self.asker(device)
        return tables[Self.table(of: asker)].withLock { table in
            table.change(of: asker, at: now) { window in Self.take(&window, rule, now) }
        }
    }

    private static func take(_ window: inout LimitTable.Window?, _ rule: LimitRule, _ now: Int64) -> Verdict {
        var current = window ?? LimitTable.Window(end: now + rule.windowSeconds * 1000, used: 0, isBlocked: false)
        defer { window = current }
        if !current.isBlocked, Int64(current.used) < rule.points {
            current.used += 1
            return verdict(current, rule, now)
        }
        if !current.isBlocked {
            current.isBlocked = true
            if rule.blockSeconds > 0 { current.end = now + rule.blockSeconds * 1000 }
        }
        return verdict(current, rule, now)
    }

    private static func verdict(_ window: LimitTable.Window, _ rule: LimitRule, _ now: Int64) -> Verdict {
        Verdict(
            limit: rule.points,
            remaining: window.isBlocked ? 0 : max(0, rule.points - Int64(window.used)),
            resetSeconds: (max(0, window.end - now) + 999) / 1000,
            isBlocked: window.isBlocked
        )
    }

    /// How a device stands in a class; asking costs nothing.
    package func status(_ limit: LimitClass, of device: String, now: Int64) -> Verdict {
        guard case .rule(let rule)? = settings[limit], let tables = tables[limit] else { return .free }
        let asker = Self.asker(device)
        let window = tables[Self.table(of: asker)].withLock { $0.window(of: asker, at: now) }
        guard let window else {
            return Verdict(limit: rule.points, remaining: rule.points, resetSeconds: 0, isBlocked: false)
        }
        return Self.verdict(window, rule, now)
    }

    private static func asker(_ device: String) -> UInt64 {
        var hasher = Hasher()
        device.hashBytes(into: &hasher)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The upper bits choose the table, the lower ones the place in it.
    private static func table(of asker: UInt64) -> Int { Int(asker >> 58) }
}
