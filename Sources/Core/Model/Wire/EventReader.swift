package import Basics

/// Reads events from clients: one, an array, JSON lines, or CBOR.
///
/// All of it is read before anything is said: bytes that are not what they claim to be come first, then sizes, then
/// every bad field at once, each by its JSON pointer.
package struct EventReader {
    package enum Format: Sendable { case json, jsonLines, cbor }

    /// The events of a whole request.
    package static func read(_ bytes: RawSpan, as format: Format) throws(EventRefusal) -> [Event] {
        guard bytes.byteCount <= Limits.requestBytes else {
            throw EventRefusal(.tooLarge, detail: "A request has at most \(Limits.requestBytes) bytes.")
        }
        var reader = EventReader(form: format == .cbor ? .bytes : .hexadecimal)
        switch format {
        case .json: try reader.readJSON(bytes)
        case .jsonLines: try reader.readLines(bytes)
        case .cbor: try reader.readCBOR(bytes)
        }
        return try reader.finish()
    }

    /// The events of an array inside a larger document, such as a frame of a socket; pointers are relative to it.
    package static func read(arrayIn json: inout JSONReader) throws(EventRefusal) -> [Event] {
        var reader = EventReader(form: .hexadecimal)
        do throws(JSONError) { try reader.readArray(&json) } catch { throw reader.unreadable("\(error)") }
        return try reader.finish()
    }

    /// The events of an array inside a larger document, such as a frame of a socket; pointers are relative to it.
    package static func read(arrayIn cbor: inout CBORReader) throws(EventRefusal) -> [Event] {
        var reader = EventReader(form: .bytes)
        do throws(CBORError) { try reader.readArray(&cbor) } catch { throw reader.unreadable("\(error)") }
        return try reader.finish()
    }

    private let form: EventDraft.BinaryForm
    private var assembler = CBORAssembler(maximumDepth: Limits.dataDepth + 1, maximumBytes: Limits.dataBytes)
    private var problems = FieldProblems()
    private var events: [Event] = []
    private var count = 0

    private init(form: EventDraft.BinaryForm) { self.form = form }

    // MARK: Documents

    private mutating func readJSON(_ bytes: RawSpan) throws(EventRefusal) {
        var reader = JSONReader(bytes)
        do throws(JSONError) {
            if try reader.kind() == .array { try readArray(&reader) } else { try readEvent(&reader) }
            problems.index = nil
            try reader.finish()
        } catch {
            throw unreadable("\(error)")
        }
    }

    private mutating func readArray(_ reader: inout JSONReader) throws(JSONError) {
        try reader.openArray()
        var next = 0
        while try reader.nextElement() {
            problems.index = next
            try readEvent(&reader)
            next += 1
        }
    }

    private mutating func readEvent(_ reader: inout JSONReader) throws(JSONError) {
        assembler.reset()
        try reader.assemble(into: &assembler)
        take()
    }

    private mutating func readLines(_ bytes: RawSpan) throws(EventRefusal) {
        var start = 0
        var line = 0
        while start < bytes.byteCount {
            var end = start
            while end < bytes.byteCount, bytes.byte(at: end) != UInt8(ascii: "\n") { end &+= 1 }
            problems.index = line
            var reader = JSONReader(bytes, start..<end)
            // An empty line holds no event, but it counts as a line.
            if !reader.isAtEnd() {
                do throws(JSONError) {
                    try readEvent(&reader)
                    try reader.finish()
                } catch {
                    throw unreadable("\(error)")
                }
            }
            start = end + 1
            line += 1
        }
    }

    private mutating func readCBOR(_ bytes: RawSpan) throws(EventRefusal) {
        var reader = CBORReader(bytes, mode: .lenient)
        do throws(CBORError) {
            if try reader.kind() == .array { try readArray(&reader) } else { try readEvent(&reader) }
            problems.index = nil
            try reader.finish()
        } catch {
            throw unreadable("\(error)")
        }
    }

    private mutating func readArray(_ reader: inout CBORReader) throws(CBORError) {
        for next in 0..<(try reader.array()) {
            problems.index = next
            try readEvent(&reader)
        }
    }

    private mutating func readEvent(_ reader: inout CBORReader) throws(CBORError) {
        assembler.reset()
        try reader.assemble(into: &assembler)
        take()
    }

    // MARK: Events

    /// Makes an event of what the assembler holds.
    private mutating func take() {
        count += 1
        guard count <= Limits.requestEvents, problems.count < Limits.problems else { return }
        let before = problems.count
        var draft = EventDraft(source: .client, form: form)
        do throws(CBORError) {
            try draft.read(assembler, &problems)
        } catch {
            preconditionFailure("the assembler writes well-formed CBOR: \(error)")
        }
        if let event = draft.event(&problems, isSound: problems.count == before) { events.append(event) }
    }

    private consuming func finish() throws(EventRefusal) -> [Event] {
        if count > Limits.requestEvents {
            throw EventRefusal(
                .tooLarge,
                detail: "A request has at most \(Limits.requestEvents) events; this one has \(count)."
            )
        }
        if count == 0 {
            problems.index = nil
            problems.add(.tooFew, at: JSONPointer(), "there is no event in it")
        }
        guard problems.count == 0 else {
            throw EventRefusal(.invalid, detail: "Not every event is valid.", problems: problems.all)
        }
        return events
    }

    private func unreadable(_ reason: String) -> EventRefusal {
        let place = problems.base
        return EventRefusal(
            .unreadable,
            detail: "The body cannot be read: \(reason).",
            problems: [FieldProblem(path: place.description, code: .unreadable, message: reason)]
        )
    }
}
