/// What the calls of a device are counted as.
package enum LimitClass: String, Sendable, Hashable, CaseIterable {
    case fieldUpdate = "field_update"
    case sacredPhrase = "sacred_phrase"
    case syncBatch = "sync_batch"
    case entanglement
    case roomAction = "room64_action"
    case archaeology
    case chatMessage = "chat_message"

    /// How often, when nobody says otherwise.
    package var standard: LimitRule {
        switch self {
        case .fieldUpdate: LimitRule(unchecked: 30, per: 60, block: 10)
        case .sacredPhrase: LimitRule(unchecked: 5, per: 60, block: 60)
        case .syncBatch: LimitRule(unchecked: 10, per: 60, block: 30)
        case .entanglement: LimitRule(unchecked: 3, per: 300, block: 120)
        case .roomAction: LimitRule(unchecked: 20, per: 60, block: 15)
        case .archaeology: LimitRule(unchecked: 10, per: 300, block: 60)
        case .chatMessage: LimitRule(unchecked: 20, per: 60, block: 30)
        }
    }
}

/// So many points in a window of time; who wants more is blocked for a time.
package struct LimitRule: Sendable, Hashable {
    package static let numbers: ClosedRange<Int64> = 1...1_000_000_000

    package let points: Int64
    package let windowSeconds: Int64
    /// 0: until the window ends.
    package let blockSeconds: Int64

    /// Nil when a number is not positive, or beyond a billion; a block may be 0.
    package init?(points: Int64, windowSeconds: Int64, blockSeconds: Int64) {
        guard Self.numbers.contains(points), Self.numbers.contains(windowSeconds),
            blockSeconds == 0 || Self.numbers.contains(blockSeconds)
        else { return nil }
        self.init(unchecked: points, per: windowSeconds, block: blockSeconds)
    }

    init(unchecked points: Int64, per windowSeconds: Int64, block blockSeconds: Int64) {
        self.points = points
        self.windowSeconds = windowSeconds
        self.blockSeconds = blockSeconds
    }

    /// What a variable says: `points/window/block`, or `0`, which lifts the limit; nil when it says neither.
    package static func reading(_ text: String) -> LimitSetting? {
        if text == "0" { return .lifted }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int64($0) }
        guard parts.count == 3, let points = parts[0], let window = parts[1], let block = parts[2] else { return nil }
        return LimitRule(points: points, windowSeconds: window, blockSeconds: block).map { .rule($0) }
    }

    /// As a variable says it.
    package var text: String { "\(points)/\(windowSeconds)/\(blockSeconds)" }
}

/// What holds for a class.
package enum LimitSetting: Sendable, Hashable {
    case lifted
    case rule(LimitRule)
}
