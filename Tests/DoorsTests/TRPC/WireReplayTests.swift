import Basics
import FilesDriver
import TRPCDoor
import TestSupport
import Testing

/// What genuine clients said when they were recorded, said to the door again.
@Suite struct WireReplayTests {
    /// How many exchanges of each file ask for nothing but the recorder's own procedures.
    private static let files: [(name: String, count: Int)] = [
        ("trpc-http.json", 6), ("trpc-batch.json", 18), ("trpc-errors.json", 68), ("trpc-stream.json", 16),
        ("trpc-sse.json", 40), ("trpc-ws.json", 28), ("cors.json", 1),
    ]

    @Test(arguments: files)
    func answersAsTheGenuineServerDoes(_ name: String, _ count: Int) async throws {
        let outcome = try await Self.replay(name)
        #expect(outcome.differences == [])
        #expect(outcome.count == count)
    }

    private typealias Outcome = (count: Int, differences: [String])

    /// On a thread of its own: whoever waits for a socket must not hold up the tasks that answer.
    private static func replay(_ name: String) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            Thread.start(name: "replay") { continuation.resume(with: Result { try replayed(name) }) }
        }
    }

    private static func replayed(_ name: String) throws -> Outcome {
        var servers: [String: WireServer] = [:]
        var outcome: Outcome = (0, [])
        for recording in try WireRecording.all(of: name) where recording.isRecordersOwn && !recording.differsOnPurpose {
            let settings = TRPCDoor.Settings(of: recording)
            let server = try servers[settings.description] ?? WireServer(settings)
            servers[settings.description] = server
            let replay = WireReplay(port: server.port, strictness: .equal) { server.door.leave() }
            outcome.count += 1
            do {
                outcome.differences += try replay.differences(recording).map { "\(recording): \($0)" }
            } catch {
                outcome.differences.append("\(recording): \(error)")
            }
        }
        return outcome
    }
}

extension WireRecording {
    /// Whether ours answers otherwise on purpose: without an input it takes a call for plain, not for malformed.
    fileprivate var differsOnPurpose: Bool {
        name == "malformed messages" && frames.contains { $0.text.contains(#"{"json":{"message""#) }
    }

    /// Whether only procedures of the recorder are called, or none that anybody has.
    fileprivate var isRecordersOwn: Bool {
        let isOwn = requests.allSatisfy { request, _ in
            request.path.hasPrefix("/api/trpc")
                && request.procedures.allSatisfy { $0.hasPrefix("wire.") || $0 == "no.such" }
        }
        return isOwn && !frames.contains { $0.text.contains("consciousness.") || $0.text.contains("example.hi") }
    }
}
