internal import Basics
internal import NetDriver

/// The followers that listen on one loop, those together that are sent the same bytes.
final class LoopListeners: Sendable {
    private struct Group {
        var members: [ObjectIdentifier: Follower] = [:]
        /// The same as an array, until one comes or goes.
        var all: [Follower]?
    }

    let loop: EventLoop
    private let groups = Lock<[FollowPage.Audience: Group]>([:])

    init(_ loop: EventLoop) { self.loop = loop }

    func add(_ follower: Follower) {
        groups.withLock { groups in
            groups[follower.audience, default: Group()].members[ObjectIdentifier(follower)] = follower
            groups[follower.audience]?.all = nil
        }
    }

    func remove(_ follower: Follower) {
        groups.withLock { groups in
            guard groups[follower.audience]?.members.removeValue(forKey: ObjectIdentifier(follower)) != nil else {
                return
            }
            groups[follower.audience]?.all = nil
            if groups[follower.audience]?.members.isEmpty ?? false { groups[follower.audience] = nil }
        }
    }

    /// Brings a page to all of them, on the loop.
    func deliver(_ page: FollowPage) {
        for (audience, followers) in present() {
            let pieces = page.pieces(for: audience)
            for follower in followers { follower.hear(page, pieces) }
        }
    }

    private func present() -> [(FollowPage.Audience, [Follower])] {
        groups.withLock { groups in
            var present: [(FollowPage.Audience, [Follower])] = []
            present.reserveCapacity(groups.count)
            for index in groups.values.indices {
                if groups.values[index].all == nil {
                    groups.values[index].all = Array(groups.values[index].members.values)
                }
                present.append((groups.keys[index], groups.values[index].all ?? []))
            }
            return present
        }
    }
}
