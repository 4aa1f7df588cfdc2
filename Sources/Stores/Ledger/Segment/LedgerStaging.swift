internal import Basics
internal import Model
internal import Ports

/// Decides, for one group, which events are new, which are there already, and which batches are refused.
///
/// A batch is taken in whole or leaves no trace: what it added is taken back, last first.
struct LedgerStaging {
    struct Staged {
        let item: Preparation.Item
        let row: SegmentRow
        /// The agent's highest number before this event; nil when it has none, or when this number is not higher.
        var outnumbers: Int64?
        /// What staging it changed, beside its number and key.
        var changes: Changes
    }

    struct Changes: OptionSet {
        let rawValue: UInt8

        /// The agent's highest number rose; it had none before, or `outnumbers`.
        static let raised = Changes(rawValue: 1)
        /// The agent's key was bound.
        static let bound = Changes(rawValue: 2)
    }

    /// A batch that was taken in.
    struct Accepted {
        let positions: [Position]
        let duplicates: [Int]
    }

    /// An agent's key, and where it was bound.
    struct Binding {
        let key: PublicKey
        let since: Int64
    }

    /// So many bindings are kept at hand; the others are read again.
    private static let bindingLimit = 65_536

    let lookup: LedgerLookup
    /// The first position that is not durable yet.
    private(set) var base: Int64
    /// The events of the group that is on its way to the disk, from `base` on.
    private var flying: [Staged] = []
    /// Those of the next group.
    private(set) var staged: [Staged] = []
    /// How many of `staged` have their bytes.
    private(set) var encoded = 0
    var progress: LedgerProgress
    /// Places of numbers and keys in segments that are not sealed, by the segment's first position, oldest first.
    var unsealed: [(first: Int64, numbers: FingerprintMap<UInt32>)]
    private var bindings: [AgentID: Binding] = [:]
    private var ranks = KeyRanks()

    init(lookup: LedgerLookup, progress: LedgerProgress, unsealed: [(first: Int64, numbers: FingerprintMap<UInt32>)]) {
        self.lookup = lookup
        self.progress = progress
        self.unsealed = unsealed
        base = progress.next
    }

    // MARK: Groups

    /// Where the next event goes.
    var next: Int64 { base + Int64(flying.count + staged.count) }

    /// Says that all that is staged has its bytes.
    mutating func wasEncoded() { encoded = staged.count }

    /// What is staged is a group on its way to the disk; there was none before it.
    mutating func depart() {
        precondition(flying.isEmpty && encoded == staged.count, "one group at a time is on its way, and whole")
        swap(&flying, &staged)
        encoded = 0
    }

    /// The group that was on its way is durable.
    mutating func land() {
        base += Int64(flying.count)
        flying.removeAll(keepingCapacity: true)
    }

    /// Whether a group was sent last of which nothing is known when it failed.
    var isAnythingInDoubt: Bool { !flying.isEmpty }

    /// Whether a position is one of the group that was sent last, of which nothing is known when it failed.
    func isInDoubt(_ position: Int64) -> Bool { position >= base && position < base + Int64(flying.count) }

    /// Whether a batch may repeat something of that group, by its numbers and keys.
    func isInDoubt(_ rows: [SegmentRow]) -> Bool {
        guard !flying.isEmpty else { return false }
        return rows.contains { row in
            [row.number, row.key].contains { $0 != 0 && unsealedPositions($0).contains(where: isInDoubt) }
        }
    }

    private func staged(at index: Int) -> Staged {
        index < flying.count ? flying[index] : staged[index - flying.count]
    }

    // MARK: One batch

    /// `faults` are what is known to be wrong with the batch before it is looked at.
    mutating func take(
        _ items: [Preparation.Item],
        _ rows: [SegmentRow],
        _ parts: [SegmentPart],
        now: Int64,
        refusedFor faults: [AppendRefusal] = []
    )
        -> Result<Accepted, AppendError>
    {
        let before = staged.count
        var positions: [Position] = []
        var duplicates: [Int] = []
        var refusals = faults
        // Refused events would have had a place, too: later ones may name them as causes.
        var placeless: Int64 = 0
        positions.reserveCapacity(items.count)
        do throws(LedgerFault) {
            for (index, item) in items.enumerated() {
                let place = next + placeless
                if item.traits.contains(.hasCauses) {
                    for cause in item.event.causes ?? [] where cause.index >= place {
                        refusals.append(AppendRefusal(index: index, reason: .causeAhead(cause: cause)))
                    }
                }
                switch try judge(item, rows[index], parts, now: now) {
                case .fresh(let position): positions.append(Position(position))
                case .there(let position):
                    positions.append(Position(position))
                    duplicates.append(index)
                case .refused(let reason):
                    refusals.append(AppendRefusal(index: index, reason: reason))
                    if case .agentHasKey = reason { placeless += 1 }
                }
            }
        } catch {
            takeBack(to: before)
            return .failure(.store(StoreError(error, in: "look for a resend"), uncertain: false))
        }
        guard refusals.isEmpty else {
            takeBack(to: before)
            return .failure(.refused(AppendRefusal.ofFirstRank(refusals)))
        }
        return .success(Accepted(positions: positions, duplicates: duplicates))
    }

    private enum Verdict {
        case fresh(Int64)
        case there(Int64)
        case refused(AppendRefusal.Reason)
    }

    private mutating func judge(
        _ item: Preparation.Item,
        _ row: SegmentRow,
        _ parts: [SegmentPart],
        now: Int64
    ) throws(LedgerFault) -> Verdict {
        let position = next
        let byNumber = try find(number: item, row, parts)
        let byKey = item.traits.contains(.hasKey) ? try find(key: row, item.event, parts, now: now) : nil
        if let found = byNumber ?? byKey {
            if let byNumber, let byKey, byNumber.position != byKey.position {
                return .refused(
                    .numberAndKeyDisagree(number: Position(byNumber.position), key: Position(byKey.position))
                )
            }
            // A key that was made of the content says enough.
            if item.recognition != .declared, byNumber == nil { return .there(found.position) }
            if isSame(item.event, as: found.existing) { return .there(found.position) }
            let place = Position(found.position)
            return .refused(byNumber != nil ? .numberReused(at: place) : .keyReused(at: place))
        }
        if case .content(_, unknown: .refused) = item.recognition { return .refused(.unknown) }
        var changes: Changes = []
        if progress.bound.count > 0, let bound = try binding(of: item.event.agent, row.agent, parts) {
            guard item.traits.contains(.isSigned), item.event.publicKey == bound.key else {
                return .refused(.agentHasKey(since: Position(bound.since)))
            }
        } else if item.traits.contains(.isSigned), let key = item.event.publicKey {
            remember(Binding(key: key, since: position), of: item.event.agent)
            progress.bound.add(row.agent, position)
            changes.insert(.bound)
        }
        stage(item, row, at: position, changes)
        return .fresh(position)
    }

    /// Stages an event of the server's own, which nothing stands against.
    mutating func force(_ item: Preparation.Item, _ row: SegmentRow) { stage(item, row, at: next, []) }

    private mutating func stage(
        _ item: Preparation.Item,
        _ row: SegmentRow,
        at position: Int64,
        _ changes: Changes
    ) {
        let last = unsealed.count - 1
        let place = UInt32(position - unsealed[last].first)
        var entry = Staged(item: item, row: row, changes: changes)
        if row.number != 0 {
            unsealed[last].numbers.add(row.number, place)
            let highest = progress.numbered[row.agent]
            if highest.map({ $0 < item.number }) ?? true {
                progress.numbered[row.agent] = item.number
                entry.outnumbers = highest
                entry.changes.insert(.raised)
            }
        }
        if row.key != 0 { unsealed[last].numbers.add(row.key, place) }
        staged.append(entry)
    }

    private mutating func takeBack(to count: Int) {
        let last = unsealed.count - 1
        while staged.count > count {
            let entry = staged.removeLast()
            let position = next
            let place = UInt32(position - unsealed[last].first)
            if entry.row.key != 0 { unsealed[last].numbers.remove(entry.row.key) { $0 == place } }
            if entry.changes.contains(.raised) { progress.numbered[entry.row.agent] = entry.outnumbers }
            if entry.row.number != 0 { unsealed[last].numbers.remove(entry.row.number) { $0 == place } }
            if entry.changes.contains(.bound) {
                progress.bound.remove(entry.row.agent) { $0 == position }
                bindings[entry.item.event.agent] = nil
            }
        }
    }

    // MARK: Looking

    private typealias Found = (position: Int64, existing: LedgerLookup.Existing)

    private func existing(at position: Int64, _ parts: [SegmentPart]) throws(LedgerFault) -> LedgerLookup.Existing {
        position >= base ? .staged(Int(position - base)) : try lookup.stored(at: position, parts)
    }

    /// Positions in segments that are not sealed under a fingerprint, newest first.
    private func unsealedPositions(_ fingerprint: UInt64) -> [Int64] {
        var found: [Int64] = []
        for segment in unsealed {
            for place in segment.numbers.all(fingerprint) { found.append(segment.first + Int64(place)) }
        }
        return found.sorted(by: >)
    }

    private func find(
        number item: Preparation.Item,
        _ row: SegmentRow,
        _ parts: [SegmentPart]
    ) throws(LedgerFault) -> Found? {
        guard row.number != 0, let highest = progress.numbered[row.agent], item.number <= highest else { return nil }
        let event = item.event
        let number = event.number
        func isIt(_ existing: LedgerLookup.Existing) -> Bool {
            switch existing {
            case .staged(let index):
                staged(at: index).item.event.agent == event.agent && staged(at: index).item.event.number == number
            case .stored(let head, _): head.agent == event.agent && head.number == number
            case .kept(let kept): kept.agent == event.agent && kept.number == number
            }
        }
        for position in unsealedPositions(row.number) {
            let existing = try existing(at: position, parts)
            if isIt(existing) { return (position, existing) }
        }
        for position in try lookup.sealedPositions(number: row.number, parts) {
            let existing = try existing(at: position, parts)
            if isIt(existing) { return (position, existing) }
        }
        return nil
    }

    private mutating func find(
        key row: SegmentRow,
        _ event: Event,
        _ parts: [SegmentPart],
        now: Int64
    )
        throws(LedgerFault) -> Found?
    {
        guard let key = event.key else { return nil }
        let candidates =
            try unsealedPositions(row.key) + lookup.sealedPositions(key: row.key, parts, keys: progress.keys, now: now)
        for position in candidates {
            let existing = try existing(at: position, parts)
            let isIt =
                switch existing {
                case .staged(let index):
                    staged(at: index).item.event.agent == event.agent && staged(at: index).item.event.key == key
                case .stored(let head, _): head.agent == event.agent && head.key == key
                case .kept(let kept): kept.agent == event.agent && kept.key == key
                }
            if isIt { return try isHeld(existing, at: position, parts, now: now) ? (position, existing) : nil }
        }
        return nil
    }

    /// Whether the newest use of a key is within the horizon.
    ///
    /// Keys are counted only when time alone does not tell.
    private mutating func isHeld(
        _ existing: LedgerLookup.Existing,
        at position: Int64,
        _ parts: [SegmentPart],
        now: Int64
    ) throws(LedgerFault) -> Bool {
        guard position < base, let index = parts.index(holding: position) else { return true }
        let received = lookup.received(existing, at: position, parts)
        if lookup.horizon.holds(received: received, newer: .max, now: now) { return true }
        // Those with bytes are in `progress` already.
        let stagedKeys = staged[encoded...].reduce(0) { $0 + ($1.row.key == 0 ? 0 : 1) }
        let rank = try ranks.rank(of: Int(position - parts[index].first), in: parts[index])
        let newer = progress.keys + Int64(stagedKeys) - parts[index].header.keysBelow - rank - 1
        return lookup.horizon.holds(received: received, newer: newer, now: now)
    }

    private func isSame(_ event: Event, as existing: LedgerLookup.Existing) -> Bool {
        switch existing {
        case .staged(let index): Resend.isSame(event, as: staged(at: index).item.prepared)
        case .stored(let head, let content): Resend.isSame(event, as: head, content)
        // Below what retention kept there is nothing left to compare.
        case .kept: true
        }
    }

    private mutating func remember(_ binding: Binding, of agent: AgentID) {
        if bindings.count >= Self.bindingLimit { bindings.removeAll(keepingCapacity: true) }
        bindings[agent] = binding
    }

    private mutating func binding(
        of agent: AgentID,
        _ fingerprint: UInt64,
        _ parts: [SegmentPart]
    )
        throws(LedgerFault) -> Binding?
    {
        if let known = bindings[agent] { return known }
        for position in progress.bound.all(fingerprint) {
            let found: (agent: AgentID?, key: PublicKey?)
            switch try existing(at: position, parts) {
            case .staged(let index):
                let event = staged(at: index).item.event
                found = (event.agent, event.publicKey)
            case .stored(let head, _): found = (head.agent, head.publicKey)
            case .kept(let kept): found = (kept.agent, kept.publicKey)
            }
            if found.agent == agent, let key = found.key {
                let binding = Binding(key: key, since: position)
                remember(binding, of: agent)
                return binding
            }
        }
        return nil
    }
}
