internal import Basics
internal import NetDriver
internal import Web

/// What sockets of one kind share: their words, who they are for, and what stands behind them.
final class SocketKind: Sendable {
    let words: SocketWords
    let context: RequestContext
    let services: EventsDoor.Services
    let counts: AppendCounts
    let room: AppendRoom
    let hub: FollowHub

    init(_ context: RequestContext, _ words: SocketWords, _ door: EventsDoor) {
        self.words = words
        self.context = context.unnamed
        services = door.services
        counts = door.counts
        room = door.room
        hub = door.hub
    }
}

/// The kinds of a door's sockets: a few, each made when its first socket opens.
final class SocketKinds: Sendable {
    private let kinds = Lock<[SocketKind]>([])

    func kind(of context: RequestContext, _ words: SocketWords, _ door: EventsDoor) -> SocketKind {
        kinds.withLock { kinds in
            if let kind = kinds.first(where: { $0.words == words && $0.context.isOfKind(of: context) }) { return kind }
            let kind = SocketKind(context, words, door)
            kinds.append(kind)
            return kind
        }
    }
}
