package import Basics
package import Model

/// Writes an answer as JSON, and notes beside it what JSON cannot say.
///
/// One pass, whatever form the caller wants: what has no value is null with a note in the rich form, and left out in
/// the plain one. What comes later leaves a place behind, and is listed.
package struct OutputWriter: Sendable {
    package enum Form: Sendable, Hashable { case plain, rich }

    package let form: Form
    private var json = JSONWriter()
    private var path: [Rendition.Step] = []
    private var notes: [Rendition.Note] = []
    private var pending: [Rendition.Pending] = []
    private var isAbsent = false

    package init(_ form: Form) { self.form = form }

    /// What was written.
    package consuming func finished() -> Rendition {
        Rendition(json: json.bytes, isAbsent: isAbsent, notes: notes, pending: pending)
    }

    // MARK: Scalars

    package mutating func null() { json.null() }
    package mutating func bool(_ bool: Bool) { json.bool(bool) }
    package mutating func integer(_ integer: Int64) { json.integer(integer) }
    package mutating func text(_ text: String) { json.text(text) }

    package mutating func double(_ double: Double) {
        guard double.isFinite, double != 0 || double.sign == .plus else { return special(double) }
        json.double(double)
    }

    private mutating func special(_ double: Double) {
        guard form == .rich else {
            if double.isFinite { json.integer(0) } else { json.null() }
            return
        }
        note(.number)
        json.text(double.isNaN ? "NaN" : double == 0 ? "-0" : double > 0 ? "Infinity" : "-Infinity")
    }

    package mutating func date(_ instant: Instant) {
        note(.date)
        json.text(instant.iso)
    }

    /// What has no value: as a whole answer, or where something has to stand.
    package mutating func absent() {
        if path.isEmpty { isAbsent = true }
        note(.undefined)
        json.null()
    }

    /// Writes a value of a document.
    package mutating func value(_ value: Value) { json.value(value) }

    /// Writes a document that was made elsewhere; it must be JSON.
    package mutating func prepared(_ document: RawSpan) { json.json(document) }

    // MARK: Containers

    package mutating func object(_ body: (inout OutputWriter) -> Void) {
        json.openObject()
        body(&self)
        json.closeObject()
    }

    /// One of an object's fields, by a name that needs no escapes.
    package mutating func field(_ name: StaticString, _ body: (inout OutputWriter) -> Void) {
        json.field(name)
        path.append(.field(name))
        body(&self)
        path.removeLast()
    }

    /// One of an object's entries.
    package mutating func entry(_ key: String, _ body: (inout OutputWriter) -> Void) {
        json.key(key)
        path.append(.key(key))
        body(&self)
        path.removeLast()
    }

    package mutating func list(_ body: (inout OutputWriter) -> Void) {
        json.openArray()
        body(&self)
        json.closeArray()
    }

    package mutating func element(_ index: Int, _ body: (inout OutputWriter) -> Void) {
        path.append(.index(index))
        body(&self)
        path.removeLast()
    }

    // MARK: Notes

    /// Notes what the value that comes next really is.
    package mutating func note(_ mark: Rendition.Mark) {
        guard form == .rich else { return }
        notes.append(Rendition.Note(path: path, mark: mark, inner: []))
    }

    /// The same of a container: what is noted of its elements stands in its own note.
    package mutating func note(_ mark: Rendition.Mark, around body: (inout OutputWriter) -> Void) {
        guard form == .rich else { return body(&self) }
        var outer: (path: [Rendition.Step], notes: [Rendition.Note]) = ([], [])
        swap(&outer.path, &path)
        swap(&outer.notes, &notes)
        body(&self)
        swap(&outer.path, &path)
        swap(&outer.notes, &notes)
        notes.append(Rendition.Note(path: path, mark: mark, inner: outer.notes))
    }

    // MARK: Later

    /// Leaves a place for what comes later.
    package mutating func later(_ deferred: Deferred) {
        // A separator may come first, so that the place is where the digit stands.
        json.integer(0)
        pending.append(Rendition.Pending(path: path, offset: json.bytes.count - 1, deferred: deferred))
    }
}

/// An answer in JSON, with what JSON cannot say beside it.
package struct Rendition: Sendable {
    package var json: [UInt8]
    /// Whether there is no value at all; the JSON is null then.
    package var isAbsent: Bool
    package var notes: [Note]
    package var pending: [Pending]

    package enum Step: Sendable {
        case field(StaticString)
        case key(String)
        case index(Int)

        package var text: String {
            switch self {
            case .field(let name): "\(name)"
            case .key(let key): key
            case .index(let index): String(index)
            }
        }
    }

    package enum Mark: Sendable, Equatable {
        case undefined, date, number, bigInteger, set, map, expression, error, address
        case typedArray(String)
    }

    package struct Note: Sendable {
        package var path: [Step]
        package let mark: Mark
        /// What is noted of what is in it, by paths from there.
        package let inner: [Note]
    }

    package struct Pending: Sendable {
        package let path: [Step]
        /// Where in the JSON the one digit stands that holds the place.
        package let offset: Int
        package let deferred: Deferred
    }

    /// The JSON as a value; what comes later is 0.
    var value: Value {
        var reader = JSONReader(json.raw)
        guard let value = try? reader.value() else { preconditionFailure("the writer writes JSON") }
        return value
    }

    /// Puts what has come in its place.
    mutating func fill(_ place: Pending, with content: Rendition) {
        json.replaceSubrange(place.offset...place.offset, with: content.json)
        notes += content.notes.map { note in
            var note = note
            note.path = place.path + note.path
            return note
        }
    }
}
