import Foundation

/// `prima serve` as it is shipped, in a folder of its own on the disk that is measured.
final class PrimaServer: Sendable {
    static let binary = "build/prima"

    let port: UInt16
    /// From the start of the process to the file that says that every door answers.
    let secondsToStart: Double
    private let server: Server

    /// Starts it on any free port; `before` is a program, with its arguments, that runs it.
    init(in folder: URL, behind before: [String] = []) throws {
        let ready = folder.appending(path: "ready")
        let program = URL(filePath: FileManager.default.currentDirectoryPath).appending(path: Self.binary)
        guard FileManager.default.isExecutableFile(atPath: program.path(percentEncoded: false)) else {
            throw Failure("there is no \(Self.binary); scripts/build makes it")
        }
        let log = folder.appending(path: "log")
        let words =
            before + [
                program.path(percentEncoded: false), "serve", "--port", "0", "--data",
                folder.appending(path: "data").path(percentEncoded: false), "--ready-file",
                ready.path(percentEncoded: false),
            ]
        let began = Meter.now
        server = try Server(words[0], Array(words.dropFirst()), as: nil, log: log, stopSignal: SIGTERM)
        try server.awaitReady("prima", log: log, every: .milliseconds(1)) {
            FileManager.default.fileExists(atPath: ready.path(percentEncoded: false))
        }
        secondsToStart = Meter.now - began
        let report = try JSONDecoder().decode(Ready.self, from: Data(contentsOf: ready))
        guard let port = URLComponents(string: report.url)?.port.flatMap(UInt16.init(exactly:)) else {
            throw Failure("the ready file names no port: \(report.url)")
        }
        self.port = port
    }

    private struct Ready: Decodable { let url: String }

    var cpuSeconds: Double { server.cpuSeconds }
    var residentBytes: Double { server.residentBytes }

    /// The largest sample of a family on the page of numbers.
    func metric(_ name: String) throws -> Double {
        let page = try ask("GET", "/metrics")
        let samples = page.split(separator: "\n").filter { $0.hasPrefix(name) }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        guard let most = samples.max() else { throw Failure("/metrics has no \(name)") }
        return most
    }

    /// One request on a connection of its own; the body of its answer, which must be a success.
    @discardableResult
    func ask(_ method: String, _ path: String, _ body: String = "") throws -> String {
        let herd = try Herd(port: port)
        try herd.grow(to: 1)
        try herd.send(Array(request(method, path, body).utf8), on: 0)
        var text: String?
        while text == nil {
            let went = try herd.turn { _, bytes in
                guard let answer = try Answer.http(bytes, from: 0) else { return 0 }
                guard answer.status < 300 else { throw Failure("\(method) \(path): \(answer.status)") }
                text = Answer.text(bytes, answer.body)
                return answer.body.upperBound
            }
            guard went else { throw Failure("\(method) \(path): no answer in 10 s") }
        }
        return text ?? ""
    }

    func request(_ method: String, _ path: String, _ body: String = "") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    func stop() { server.stop() }
}
