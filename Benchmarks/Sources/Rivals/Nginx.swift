import Foundation
import Glibc

/// nginx with one worker, serving a static file of 20 bytes from its cache of open files.
final class Nginx: Sendable {
    static let name = "nginx, static file"

    let port: UInt16
    private let server: Server

    init(in folder: URL) throws {
        port = try FreePort.any()
        let place = folder.path(percentEncoded: false)
        try Data("{\"status\":\"ok\"}      ".prefix(20).utf8).write(to: folder.appending(path: "health"))
        let configuration = folder.appending(path: "nginx.conf")
        // The same courtesies that a tuned nginx has: no log, open files kept, connections kept for ever.
        try Data(
            """
            user root; worker_processes 1; daemon off; pid \(place)/pid; error_log \(place)/error.log;
            events { worker_connections 4096; }
            http {
              access_log off; default_type application/json; sendfile on; tcp_nodelay on;
              keepalive_requests 1000000000; open_file_cache max=100; open_file_cache_valid 1h;
              client_body_temp_path \(place)/a; proxy_temp_path \(place)/b; fastcgi_temp_path \(place)/c;
              uwsgi_temp_path \(place)/d; scgi_temp_path \(place)/e;
              server { listen 127.0.0.1:\(port) backlog=4096; root \(place); }
            }
            """.utf8
        )
        .write(to: configuration)
        let log = folder.appending(path: "log")
        let words =
            Pinned.server + [
                try Command.path(of: "nginx", also: ["/usr/sbin"]), "-c", configuration.path(percentEncoded: false),
            ]
        server = try Server(words[0], Array(words.dropFirst()), as: nil, log: log, stopSignal: SIGTERM)
        let port = port
        try server.awaitReady(Self.name, log: log) { Herd.answers(port: port) }
    }

    var cpuSeconds: Double { server.cpuSeconds }
    func stop() { server.stop() }
}

/// Node's own http server, answering 20 bytes from memory.
final class NodeHTTP: Sendable {
    static let name = "Node http"

    let port: UInt16
    private let server: Server

    init(in folder: URL) throws {
        port = try FreePort.any()
        let script = folder.appending(path: "health.js")
        try Data(
            """
            const body = Buffer.from('{"status":"ok"}     ');
            require('http').createServer((request, response) => {
              response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length });
              response.end(body);
            }).listen(\(port), '127.0.0.1');
            """.utf8
        )
        .write(to: script)
        let log = folder.appending(path: "log")
        let words = Pinned.server + [try Command.path(of: "node"), script.path(percentEncoded: false)]
        server = try Server(words[0], Array(words.dropFirst()), as: nil, log: log, stopSignal: SIGTERM)
        let port = port
        try server.awaitReady(Self.name, log: log) { Herd.answers(port: port) }
    }

    var cpuSeconds: Double { server.cpuSeconds }
    func stop() { server.stop() }
}
