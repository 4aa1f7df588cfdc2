import Foundation
import Glibc

/// Python's websockets: one process, and its own way of sending to everybody.
final class PythonWebSockets: Sendable {
    static let name = "Python websockets"

    let port: UInt16
    private let server: Server

    init(in folder: URL) throws {
        port = try FreePort.any()
        let script = folder.appending(path: "fan-out.py")
        try Data(
            """
            import asyncio, websockets
            followers = set()
            event = '{"id":1,"event":' + '"' + 'x' * 360 + '"}'
            async def serve(socket):
                async for message in socket:
                    if message == 'follow':
                        followers.add(socket)
                    else:
                        websockets.broadcast(followers, event)
            async def main():
                async with websockets.serve(serve, '127.0.0.1', \(port), compression=None, ping_interval=None, backlog=4096):
                    await asyncio.Future()
            asyncio.run(main())
            """.utf8
        )
        .write(to: script)
        let log = folder.appending(path: "log")
        // Debian's Python, which has Debian's websockets.
        server = try Server(
            "/usr/bin/python3",
            [script.path(percentEncoded: false)],
            as: nil,
            log: log,
            stopSignal: SIGTERM
        )
        let port = port
        try server.awaitReady(Self.name, log: log) { Herd.answers(port: port) }
    }

    var cpuSeconds: Double { server.cpuSeconds }
    func stop() { server.stop() }
}
