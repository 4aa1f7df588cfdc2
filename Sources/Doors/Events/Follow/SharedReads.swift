internal import Ports

/// What followers that are behind read of the ledger: whoever asks for the same page gets the same.
///
/// Guarded by the hub's lock.
struct SharedReads {
    /// A read that is under way.
    struct Reading {
        let number: Int
        let query: LedgerQuery
        /// How many forgets there were when it began.
        let forgets: Int
    }

    enum Answer {
        /// The page is there.
        case page(FollowPage)
        /// Somebody reads it already.
        case waits
        /// It is to be read now.
        case begins(Reading)
    }

    private static let keptBytes = 8 << 20

    private var pages: [LedgerQuery: FollowPage] = [:]
    /// In the order in which they came.
    private var kept: [LedgerQuery] = []
    private var keptBytes = 0
    private var readings: [LedgerQuery: Int] = [:]
    private var waiting: [Int: [Follower]] = [:]
    private var last = 0

    mutating func ask(_ query: LedgerQuery, _ follower: Follower, forgets: Int) -> Answer {
        if let page = pages[query] { return .page(page) }
        if let number = readings[query] {
            waiting[number, default: []].append(follower)
            return .waits
        }
        last += 1
        readings[query] = last
        waiting[last] = [follower]
        return .begins(Reading(number: last, query: query, forgets: forgets))
    }

    /// Ends a read; whoever waits for it.
    mutating func end(_ reading: Reading) -> [Follower] {
        if readings[reading.query] == reading.number { readings[reading.query] = nil }
        return waiting.removeValue(forKey: reading.number) ?? []
    }

    /// Keeps a page to which nothing can be added.
    mutating func keep(_ page: FollowPage, _ query: LedgerQuery) {
        guard pages.updateValue(page, forKey: query) == nil else { return }
        kept.append(query)
        keptBytes += page.bytes
        while keptBytes > Self.keptBytes, kept.count > 1 {
            keptBytes -= pages.removeValue(forKey: kept.removeFirst())?.bytes ?? 0
        }
    }

    /// Lets go of every body; reads that are under way are shared with nobody new.
    mutating func forget() {
        pages = [:]
        kept = []
        keptBytes = 0
        readings = [:]
    }
}
