import Basics
package import Capability
import Model
import NetDriver
package import TRPCDoor
import Web

/// A server that declares the recorded procedures, on a free port.
package final class WireServer: Sendable {
    package let door: TRPCDoor
    private let server: HTTPServer

    package var port: UInt16 { server.ports[0] }

    /// Always the moment at which everything was recorded.
    private struct StoppedClock: WallClock {
        func milliseconds() -> Int64 { WireCapabilities.instant.milliseconds }
    }

    package init(_ settings: TRPCDoor.Settings, _ more: [Capability] = []) throws {
        let browsers = BrowserRules(hosts: ["127.0.0.1"])
        let services = TRPCDoor.Services(
            dispatch: WireCapabilities.dispatch(more),
            browsers: browsers,
            clock: StoppedClock()
        )
        door = TRPCDoor(services, settings)
        let routes = door.routes
        let router = Router(
            routes,
            Router.Surroundings(
                credentials: Credentials(token: nil),
                browsers: browsers,
                names: RequestNames(randomness: SeededRandomness(seed: 1)),
                metrics: RouteMetrics(routes.map { ($0.name, $0.method) }),
                clock: { 0 }
            )
        )
        server = try HTTPServer.start(
            HTTPServer.Configuration(doors: [.init(port: 0, handler: router)], loops: 1)
        )
    }

    deinit { server.stop() }
}

extension TRPCDoor.Settings {
    /// Those under which a recording was made.
    package init(of recording: WireRecording) {
        self.init()
        let note = recording.note
        pingSeconds = 0.05
        reconnectMilliseconds = recording.file == "trpc-sse.json" ? 400 : nil
        if note.contains("limit was 200 bytes") { bodyBytes = 200 }
        if note.contains("maxBatchSize 2"), recording.versions == ["11.18.0"] { batchCalls = 2 }
        if note.contains("allowBatching: false") { batches = .refused }
        if note.contains("allowMethodOverride") { queriesByPost = .granted }
        if recording.name.contains("no inactivity clock") { reconnectMilliseconds = nil }
        if note.contains("no pings") { (pingSeconds, reconnectMilliseconds) = (nil, 150) }
        if note.contains("maxDurationMs 150") { (streamSeconds, reconnectMilliseconds) = (0.15, 2000) }
        if recording.name.contains("pings from the server") { socketPingSeconds = 0.05 }
    }

    /// What tells servers of different settings apart.
    package var description: String {
        "\(bodyBytes) \(batchCalls) \(pingSeconds ?? -1) \(reconnectMilliseconds ?? -1) \(streamSeconds ?? -1) "
            + "\(socketPingSeconds ?? -1) \(batches) \(queriesByPost)"
    }
}
