internal import Basics
package import Capability

extension SuperJSON {
    /// Appends a document: the plain JSON, and its notes unless there are none.
    package static func append(_ rendition: Rendition, to out: inout [UInt8]) {
        appendDocument(rendition.json.raw, notes: rendition.notes, to: &out)
    }

    /// Appends a document of plain JSON, and its notes unless there are none.
    static func appendDocument(_ json: RawSpan, notes: [Rendition.Note], to out: inout [UInt8]) {
        out.append("{\"json\":")
        out.append(json)
        if !notes.isEmpty {
            out.append(",\"meta\":")
            var writer = JSONWriter(bytes: out)
            writer.openObject()
            writer.field("values")
            write(notes, into: &writer)
            if needsVersion(notes) {
                writer.field("v")
                writer.integer(1)
            }
            writer.closeObject()
            out = writer.bytes
        }
        out.append(UInt8(ascii: "}"))
    }

    private static func write(_ notes: [Rendition.Note], into out: inout JSONWriter) {
        if notes.count == 1, notes[0].path.isEmpty { return write(notes[0], into: &out) }
        out.openObject()
        for note in notes {
            out.key(note.path.map { escaped($0.text) }.joined(separator: "."))
            write(note, into: &out)
        }
        out.closeObject()
    }

    private static func write(_ note: Rendition.Note, into out: inout JSONWriter) {
        out.openArray()
        switch note.mark {
        case .undefined: out.text("undefined")
        case .date: out.text("Date")
        case .number: out.text("number")
        case .bigInteger: out.text("bigint")
        case .set: out.text("set")
        case .map: out.text("map")
        case .expression: out.text("regexp")
        case .error: out.text("Error")
        case .address: out.text("URL")
        case .typedArray(let name):
            out.openArray()
            out.text("typed-array")
            out.text(name)
            out.closeArray()
        }
        if !note.inner.isEmpty { write(note.inner, into: &out) }
        out.closeArray()
    }

    private static func escaped(_ key: String) -> String {
        guard isSpecial(key) else { return key }
        return key.replacing("\\", with: "\\\\").replacing(".", with: "\\.")
    }

    private static func isSpecial(_ key: String) -> Bool {
        key.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "\\") }
    }

    /// Whether a reader must know that keys are escaped, or that typed arrays have words among their numbers.
    private static func needsVersion(_ notes: [Rendition.Note]) -> Bool {
        notes.contains { note in
            if case .typedArray(let name) = note.mark, name.hasPrefix("Float") { return true }
            return note.path.contains { isSpecial($0.text) } || needsVersion(note.inner)
        }
    }
}
