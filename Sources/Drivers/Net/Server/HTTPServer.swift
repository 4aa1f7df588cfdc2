internal import Basics
internal import FilesDriver

/// A server: its listeners, its loops, and how it ends.
package final class HTTPServer: Sendable {
    /// Where a server listens, and who answers there.
    package struct Door: Sendable {
        package var host: String
        package var port: UInt16
        package var handler: any HTTPHandler
        /// With one, TLS is spoken here, and nothing else.
        package var identity: TLSIdentity?

        /// `host` is a name or a number, or `*` for every address; port 0 is any that is free.
        package init(host: String = "127.0.0.1", port: UInt16, handler: any HTTPHandler, identity: TLSIdentity? = nil) {
            self.host = host
            self.port = port
            self.handler = handler
            self.identity = identity
        }
    }

    package struct Configuration: Sendable {
        package var doors: [Door]
        package var loops: Int
        package var limits: NetLimits

        package init(doors: [Door], loops: Int, limits: NetLimits = NetLimits()) {
            precondition(loops > 0 && doors.count < 256, "a server has a loop, and not too many doors")
            self.doors = doors
            self.loops = loops
            self.limits = limits
        }
    }

    package let loops: [EventLoop]
    /// The ports of the doors, in their order.
    package let ports: [UInt16]
    private let threads: Lock<[Thread]>

    private init(loops: [EventLoop], ports: [UInt16], threads: [Thread]) {
        self.loops = loops
        self.ports = ports
        self.threads = Lock(threads)
    }

    /// Listens, and serves from now on.
    package static func start(_ configuration: Configuration) throws(NetFailure) -> HTTPServer {
        var listeners: [[EventLoop.Listener]] = Array(repeating: [], count: configuration.loops)
        var ports: [UInt16] = []
        for door in configuration.doors {
            let bound = try ListeningSockets(door, copies: configuration.loops, limits: configuration.limits)
            ports.append(bound.port)
            for loop in 0..<configuration.loops {
                let sockets = bound.numbers[loop]
                listeners[loop].append(.init(sockets: sockets, handler: door.handler, identity: door.identity))
            }
        }
        let shared = ServerState()
        let loops = listeners.map { EventLoop(limits: configuration.limits, listeners: $0, shared: shared) }
        let threads = loops.enumerated().map { number, loop in Thread.start(name: "loop-\(number)") { loop.run() } }
        return HTTPServer(loops: loops, ports: ports, threads: threads)
    }

    /// Ends at once: connections are cut.
    ///
    /// Blocks until the threads have ended.
    package func stop() { end { $0.stop() } }

    /// Ends in order: accepts nothing more, lets what is being answered be answered, cuts the rest after `seconds`.
    ///
    /// Blocks until the threads have ended. It may be called while another call drains, and then waits no longer than
    /// that one.
    package func drain(seconds: Double) { end { $0.drain(seconds: seconds) } }

    private func end(_ how: @escaping @Sendable (EventLoop) -> Void) {
        for loop in loops { loop.execute(how) }
        for thread in threads.withLock({ $0 }) { thread.join() }
    }
}

/// The sockets of a door: for each loop one for each address that the host means.
private struct ListeningSockets {
    private(set) var numbers: [[Int32]]
    private(set) var port: UInt16

    init(_ door: HTTPServer.Door, copies: Int, limits: NetLimits) throws(NetFailure) {
        let place = "\(door.host):\(door.port)"
        numbers = Array(repeating: [], count: copies)
        port = door.port
        var failure = NetFailure(2, "find", door.host)
        for var address in try SocketAddress.all(of: door.host, port: door.port) {
            address.port = port
            do throws(NetFailure) {
                // Sockets that share an address would share it with another process as well: look first.
                if port != 0 { _ = try address.bound(.alone, nil, place) }
                for copy in 0..<copies {
                    let socket = try address.bound(.shared, limits, place)
                    if port == 0 {
                        port = socket.port
                        address.port = port
                    }
                    numbers[copy].append(socket.release())
                }
            } catch {
                failure = error
                if failure.kind != .addressUnknown { throw failure }
            }
        }
        guard numbers.allSatisfy({ !$0.isEmpty }) else { throw failure }
    }
}
