import Basics
import FilesDriver
import Foundation
import FoundationNetworking
import OpenSSLDriver
import Stores
import TestSupport
import Testing

@testable import App

/// A data folder and a server for it in this process, whose time a test moves.
struct ServedFolder {
    let folder: TemporaryFolder
    let wallClock = TestClock()
    let clock = HandClock()
    var path: String { folder.path + "/data" }

    init() throws {
        try Crypto.prepare()
        folder = try TemporaryFolder()
    }

    /// What an answer was.
    struct Answer {
        let status: Int
        let body: Data

        var object: [String: Any] {
            get throws { try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any]) }
        }
    }

    /// A server that answers.
    struct Running {
        fileprivate let url: String

        func get(_ path: String) async throws -> Answer {
            try await send(URLRequest(url: try #require(URL(string: url + path))))
        }

        func post(_ path: String, _ object: Any) async throws -> Answer {
            var request = URLRequest(url: try #require(URL(string: url + path)))
            request.httpMethod = "POST"
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = try JSONSerialization.data(withJSONObject: object)
            return try await send(request)
        }

        private func send(_ request: URLRequest) async throws -> Answer {
            let (body, response) = try await URLSession.shared.data(for: request)
            return Answer(status: try #require(response as? HTTPURLResponse).statusCode, body: body)
        }
    }

    /// Serves with small segments while `body` runs, then stops cleanly.
    func serve(retaining days: Int, _ body: (Running) async throws -> Void) async throws {
        let variables = [
            "PORT": "0", "PRIMA_DATA": path, "PRIMA_RETAIN": "\(days)", "PRIMA_LOG": "json",
            "PRIMA_LOG_LEVEL": "warning",
        ]
        let loaded = try LoadedConfiguration(LoadedConfiguration.Sources(variable: { variables[$0] }))
        let stop = Gate()
        var surroundings = Surroundings(wallClock: wallClock, clock: clock, awaitStop: { stop.wait() })
        surroundings.ledger.segmentBytes = 16 << 10
        surroundings.ledger.growthBytes = 16 << 10
        let server = try await RunningServer.start(loaded, token: nil, identity: nil, in: surroundings)
        let serving = Task { try await server.serve() }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(Running(url: server.url)))
        } catch { result = .failure(error) }
        stop.signal()
        #expect(try await serving.value == .done)
        try result.get()
    }
}
