package import Capability

/// The transformer of the clients in the field: a document in plain JSON, and beside it what each value really is.
///
/// Reading applies the notes of an input; writing puts them beside an answer. What is a tree here may share parts in
/// JavaScript: references are read as copies, and never written.
package enum SuperJSON {
    /// Why a document cannot be what its notes say.
    package struct Unreadable: Error, Equatable {
        package let reason: String
    }

    /// Whether an input comes in this form.
    package static func isForm(of datum: Datum) -> Bool {
        if case .object(let entries) = datum { return entries.contains("json") }
        return false
    }

    /// The value of a document.
    package static func read(_ document: Datum) throws(Unreadable) -> Datum {
        guard case .object(let entries) = document else { return .absent }
        var value = withoutPrototypes(entries["json"])
        guard case .object(let meta) = entries["meta"] else { return value }
        let notation: SuperJSONPath.Notation = meta["v"] == .integer(1) ? .escaped : .legacy
        if meta["values"] != .absent { try annotate(&value, meta["values"], notation) }
        if meta["referentialEqualities"] != .absent {
            var references = References(notation: notation)
            try references.apply(meta["referentialEqualities"], to: &value)
        }
        return value
    }

    /// JavaScript would take such a key for the prototype of its objects.
    private static func withoutPrototypes(_ datum: Datum) -> Datum {
        guard hasPrototype(datum) else { return datum }
        switch datum {
        case .object(let entries):
            let kept = entries.list.filter { $0.key != SuperJSONPath.prototype }
            return .object(Entries(kept.map { Entries.Entry(key: $0.key, value: withoutPrototypes($0.value)) }))
        case .list(let list): return .list(list.map(withoutPrototypes))
        default: return datum
        }
    }

    private static func hasPrototype(_ datum: Datum) -> Bool {
        switch datum {
        case .object(let entries):
            entries.list.contains { $0.key == SuperJSONPath.prototype || hasPrototype($0.value) }
        case .list(let list): list.contains(where: hasPrototype)
        default: false
        }
    }

    // MARK: Annotations

    /// Applies a tree of annotations: what is inside a value first, since it is still plain then.
    private static func annotate(
        _ value: inout Datum,
        _ tree: Datum,
        _ notation: SuperJSONPath.Notation,
        depth: Int = 0
    ) throws(Unreadable) {
        guard depth < 64 else { throw Unreadable(reason: "annotations are nested too deep") }
        switch tree {
        case .object(let entries):
            for entry in entries.list {
                let path = try SuperJSONPath(entry.key, notation, in: value)
                try path.change(&value) { (inner) throws(Unreadable) in
                    try annotate(&inner, entry.value, notation, depth: depth + 1)
                }
            }
        case .list(let list):
            guard let type = list.first else { throw Unreadable(reason: "an annotation names a type") }
            if list.count > 1 { try annotate(&value, list[1], notation, depth: depth + 1) }
            value = try SuperJSONType(type).value(of: value)
        default: throw Unreadable(reason: "an annotation is a list or an object")
        }
    }

    /// Copies what is said to be the same, up to a bound: copies of copies grow fast.
    private struct References {
        let notation: SuperJSONPath.Notation
        private var budget = 100_000

        init(notation: SuperJSONPath.Notation) { self.notation = notation }

        mutating func apply(_ references: Datum, to value: inout Datum) throws(Unreadable) {
            switch references {
            case .object(let entries):
                for entry in entries.list {
                    guard case .list(let copies) = entry.value else {
                        throw Unreadable(reason: "a reference names a list of places")
                    }
                    let source = try SuperJSONPath(entry.key, notation, in: value)
                    guard let original = source.look(in: value) else { continue }
                    for copy in copies { try put(original, copy, in: &value) }
                }
            case .list(let list):
                // A value that holds itself is no tree: its place stays null.
                guard case .list(let places)? = list.first else {
                    throw Unreadable(reason: "references are a list or an object")
                }
                for place in places { _ = try path(place, in: value) }
                if list.count > 1 { try apply(list[1], to: &value) }
            default: throw Unreadable(reason: "references are a list or an object")
            }
        }

        private mutating func put(_ original: Datum, _ place: Datum, in value: inout Datum) throws(Unreadable) {
            let place = try path(place, in: value)
            try spend(original)
            try place.change(&value) { (inner) throws(Unreadable) in inner = original }
        }

        private func path(_ place: Datum, in value: Datum) throws(Unreadable) -> SuperJSONPath {
            guard case .text(let text) = place else { throw Unreadable(reason: "a place is a text") }
            return try SuperJSONPath(text, notation, in: value)
        }

        private mutating func spend(_ datum: Datum) throws(Unreadable) {
            budget -= 1
            guard budget >= 0 else { throw Unreadable(reason: "references copy too much") }
            switch datum {
            case .list(let list): for element in list { try spend(element) }
            case .object(let entries): for entry in entries.list { try spend(entry.value) }
            default: return
            }
        }
    }
}
