import Basics

/// Compares streams of server-sent events.
enum WireEvents {
    struct Event: Equatable {
        var type = "message"
        var id = ""
        var data = ""
    }

    static func events(_ text: String) -> [Event] {
        var events: [Event] = []
        var event: Event?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard !line.isEmpty else {
                if let whole = event { events.append(whole) }
                event = nil
                continue
            }
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts.count > 1 ? String(parts[1].trimmingPrefix(" ")) : ""
            var some = event ?? Event()
            switch parts[0] {
            case "event": some.type = value
            case "id": some.id = value
            case "data": some.data = value
            default: break
            }
            event = some
        }
        return events
    }

    static func compare(
        _ response: WireRecording.Response,
        _ client: NetClient,
        _ comparison: inout WireComparison
    ) throws {
        let wanted = events(response.text)
        let isWaiting = wanted.contains { $0.type == "ping" }
        // How many pings fall between two values is chance.
        func counted(_ text: String) -> [Event] { events(text).filter { isWaiting || $0.type != "ping" } }
        var text = ""
        if response.endedBy != nil {
            // The client left after these.
            while counted(text).count < wanted.count, let chunk = try client.readChunk() { text += chunk }
        } else {
            text = try client.readChunks()
        }
        let got = Array(counted(text).prefix(wanted.count + 1))
        comparison.expect(wanted.map { "\($0.type) \($0.id)" }, got.map { "\($0.type) \($0.id)" }, "events")
        for (one, other) in zip(wanted, got) {
            let (one, other, type) = (Value(json: one.data), Value(json: other.data), one.type)
            switch (one, other, type) {
            case (let one?, let other?, "serialized-error"): comparison.error(one, other)
            case (let one?, let other?, "message"): comparison.document(one, other)
            default: comparison.expect(one, other, type)
            }
        }
    }
}
