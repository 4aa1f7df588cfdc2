internal import Basics
internal import Capability
internal import NetDriver
internal import Web

/// Calls and subscriptions over WebSocket, at the mount point itself.
extension TRPCDoor {
    func openSocket(_ request: HTTPRequest, _ facts: CallFacts, _ exchange: consuming HTTPExchange) {
        var parameters = QueryParameters(request)
        let awaitsParameters = parameters.text("connectionParams") == "1"
        let evidence = Evidence(request)
        exchange.upgrade(request) { socket in
            let handler = TRPCSocket(self, socket, facts, evidence, awaitsParameters: awaitsParameters)
            sockets.add(handler)
            return handler
        }
    }

    /// Asks every client with a socket to come again on another connection: this server stops.
    package func leave() { for socket in sockets.all() { socket.leave() } }
}

/// The open sockets of a door.
final class TRPCSockets: Sendable {
    private let open = Lock<[ObjectIdentifier: TRPCSocket]>([:])

    func add(_ socket: TRPCSocket) { open.withLock { $0[ObjectIdentifier(socket)] = socket } }
    func remove(_ socket: TRPCSocket) { open.withLock { $0[ObjectIdentifier(socket)] = nil } }
    func all() -> [TRPCSocket] { open.withLock { Array($0.values) } }
}
