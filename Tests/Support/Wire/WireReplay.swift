import Basics

/// Sends what was recorded to a server of ours, and compares what comes back.
package struct WireReplay {
    private let port: UInt16
    private let strictness: WireComparison.Strictness
    /// What stands in the place of the recorded token.
    private let token: String
    /// Has the server ask for new connections.
    private let leave: () -> Void

    package init(
        port: UInt16,
        token: String = WireCapabilities.token,
        strictness: WireComparison.Strictness,
        leave: @escaping () -> Void
    ) {
        self.port = port
        self.token = token
        self.strictness = strictness
        self.leave = leave
    }

    /// How ours differs from the recording.
    package func differences(_ recording: WireRecording) throws -> [String] {
        if !recording.frames.isEmpty { return try WireSocketReplay(port, token, strictness, leave).run(recording) }
        var differences: [String] = []
        for (request, response) in recording.requests {
            guard let response else { continue }
            let namesFirstPath = recording.file == "trpc-stream.json" && recording.versions == ["11.4.4"]
            // What is too large is not read.
            let mayBePlain = response.status == 413 || !Self.saysForm(request)
            let comparison = WireComparison(strictness, mayBePlain: mayBePlain, namesFirstPath: namesFirstPath)
            differences += try self.differences(request, response, comparison)
        }
        return differences
    }

    private func differences(
        _ request: WireRecording.Request,
        _ response: WireRecording.Response,
        _ comparison: consuming WireComparison
    ) throws -> [String] {
        let client = try NetClient(port)
        try client.send(text(request))
        let head = try client.answer(.headOnly)
        comparison.expect(response.status, head.status, "status")
        var type = response.fields["content-type"]
        // The genuine server lets its platform's own type slip out where it refuses before a call.
        if type == "text/plain;charset=UTF-8" { type = "application/json" }
        comparison.expect(type, head.fields["content-type"], "content-type")
        for name in ["retry-after", "access-control-allow-origin", "access-control-allow-headers"] {
            guard let wanted = response.fields[name] else { continue }
            comparison.expect(wanted, head.fields[name], name)
        }
        guard request.method != "HEAD", response.status != 204 else { return comparison.differences }
        let isStream = head.fields["transfer-encoding"] == "chunked"
        if type == "text/event-stream" {
            try WireEvents.compare(response, client, &comparison)
        } else if isStream, request.fields.contains(where: { $0.name == "trpc-accept" }) {
            try WireLines.compare(response.text, client.readChunks(), &comparison)
        } else {
            let body = isStream ? try client.readChunks() : try client.readBody(head)
            guard let wanted = Value(json: response.text) else { return comparison.differences }
            comparison.body(wanted, Value(json: body) ?? .null)
        }
        return comparison.differences
    }

    private func text(_ request: WireRecording.Request) -> String {
        var text = "\(request.method) \(request.path) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for (name, value) in request.fields { text += "\(name): \(value)\r\n" }
        if let body = request.body {
            text += "content-length: \(body.utf8.count)\r\n"
        } else if request.method == "POST" {
            text += "content-length: 0\r\n"
        }
        return (text + "\r\n" + (request.body ?? "")).replacing(WireCapabilities.token, with: token)
    }

    /// Whether an input that can be read tells the server which form the client speaks.
    private static func saysForm(_ request: WireRecording.Request) -> Bool {
        let query = request.path.split(separator: "?").dropFirst().first.map(String.init) ?? ""
        let input = query.split(separator: "&").first { $0.hasPrefix("input=") }.map { String($0.dropFirst(6)) }
        let isSent = request.fields.contains { $0.name == "content-type" && $0.value.hasPrefix("application/json") }
        let texts = [input.map(Self.unescaped), isSent ? request.body : nil]
        return texts.contains { text in
            guard let value = text.flatMap({ Value(json: $0) }) else { return false }
            return value["json"] != .null || value.entries.contains { $0.key == "json" }
                || value.entries.contains { $0.value.entries.contains { $0.key == "json" } }
        }
    }

    private static func unescaped(_ text: String) -> String {
        var (bytes, digits): ([UInt8], [UInt8]?) = ([], nil)
        for byte in text.utf8 {
            if let some = digits {
                digits = some + [byte]
                guard let both = digits, both.count == 2 else { continue }
                bytes.append(UInt8(String(decoding: both, as: UTF8.self), radix: 16) ?? 0x3F)
                digits = nil
            } else if byte == UInt8(ascii: "%") {
                digits = []
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension NetClient {
    /// One chunk of a streamed answer; nil at its end.
    func readChunk() throws -> String? {
        let size = Int(try readLine(), radix: 16) ?? 0
        let chunk = try read(size)
        _ = try read(2)
        return size == 0 ? nil : String(decoding: chunk, as: UTF8.self)
    }

    func readChunks() throws -> String {
        var text = ""
        while let chunk = try readChunk() { text += chunk }
        return text
    }

    func readBody(_ head: Answer) throws -> String {
        let length = head.fields["content-length"].flatMap { Int($0) } ?? 0
        return String(decoding: try read(length), as: UTF8.self)
    }
}
