package import Basics

/// Says how an answer differs from the recorded one, by the rules of the recordings.
package struct WireComparison {
    /// How answers are compared: to the letter, or only by their keys and types, because values are measured.
    package enum Strictness: Sendable { case equal, shape }

    package private(set) var differences: [String] = []
    private let strictness: Strictness
    /// Whether an answer may be plain though the recorded one is not: nothing told the server who asks.
    private let mayBePlain: Bool
    /// Whether each error of a batch names the path of the first call, as one genuine version does by mistake.
    private let namesFirstPath: Bool

    package init(_ strictness: Strictness, mayBePlain: Bool, namesFirstPath: Bool = false) {
        self.strictness = strictness
        self.mayBePlain = mayBePlain
        self.namesFirstPath = namesFirstPath
    }

    package mutating func note(_ difference: String) { differences.append(difference) }

    package mutating func expect<Thing: Equatable>(_ wanted: Thing, _ got: Thing, _ what: String) {
        if wanted != got { note("\(what): \(got) instead of \(wanted)") }
    }

    // MARK: Envelopes

    /// A whole body: an envelope, or a list of them.
    package mutating func body(_ wanted: Value, _ got: Value) {
        guard case .array(let several) = wanted else { return envelope(wanted, got) }
        guard case .array(let others) = got, several.count == others.count else {
            return note("\(got.json) instead of \(several.count) parts")
        }
        for (one, other) in zip(several, others) { envelope(one, other) }
    }

    /// `{"result": …}` or `{"error": …}`, with whatever stands beside them.
    package mutating func envelope(_ wanted: Value, _ got: Value) {
        let keys = wanted.entries.map(\.key)
        guard keys == got.entries.map(\.key) else { return note("\(got.json) instead of \(wanted.json)") }
        for key in keys {
            switch key {
            case "error": error(wanted[key], got[key])
            case "result":
                let (one, other) = (wanted[key], got[key])
                guard one.entries.map(\.key) == other.entries.map(\.key) else {
                    note("\(other.json) instead of \(one.json)")
                    continue
                }
                for entry in one.entries {
                    if entry.key == "data" {
                        document(entry.value, other["data"])
                    } else {
                        expect(entry.value, other[entry.key], entry.key)
                    }
                }
            default: expect(wanted[key], got[key], key)
            }
        }
    }

    private static func isRich(_ value: Value) -> Bool {
        !value.entries.isEmpty && value.entries.allSatisfy { $0.key == "json" || $0.key == "meta" }
            && value.entries.contains { $0.key == "json" }
    }

    /// A value in the caller's form.
    package mutating func document(_ wanted: Value, _ got: Value) {
        guard Self.isRich(wanted) else { return values(wanted, got, "data") }
        guard Self.isRich(got) else {
            guard mayBePlain else { return note("\(got.json) is plain, instead of \(wanted.json)") }
            return values(wanted["json"], got, "data")
        }
        values(wanted["json"], got["json"], "data")
        notes(wanted["meta"]["values"], got["meta"]["values"])
    }

    private mutating func notes(_ wanted: Value, _ got: Value) {
        guard strictness == .shape, wanted != .null, got != .null else {
            return expect(wanted.json, got.json, "meta.values")
        }
        // Lists may be longer or shorter than the recorded ones.
        let known = Set(wanted.entries.map { Self.pattern($0.key) + $0.value.json })
        for entry in got.entries where !known.contains(Self.pattern(entry.key) + entry.value.json) {
            note("meta.values has \(entry.key)")
        }
    }

    private static func pattern(_ path: String) -> String {
        path.split(separator: ".", omittingEmptySubsequences: false)
            .map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
    }

    /// An error; its message is free, but for the list of what is not valid.
    package mutating func error(_ wanted: Value, _ got: Value) {
        var (wanted, got) = (wanted, got)
        if Self.isRich(wanted) {
            if Self.isRich(got) {
                got = got["json"]
            } else if !mayBePlain {
                return note("\(got.json) is plain, instead of \(wanted.json)")
            }
            wanted = wanted["json"]
        }
        expect(wanted.entries.map(\.key), got.entries.map(\.key), "the error's keys")
        expect(wanted["code"], got["code"], "the error's code")
        for entry in wanted["data"].entries where entry.key != "path" || !namesFirstPath {
            expect(entry.value, got["data"][entry.key], "the error's \(entry.key)")
        }
        expect(wanted["data"].entries.map(\.key), got["data"].entries.map(\.key), "the keys of the error's data")
        guard let list = Value(json: wanted["message"].text), case .array(let faults) = list else {
            return expect(false, got["message"].text.isEmpty, "the message is empty")
        }
        let found = Value(json: got["message"].text)?.list ?? []
        expect(
            faults.map { $0["code"].text + $0["path"].json },
            found.map { $0["code"].text + $0["path"].json },
            "what is not valid"
        )
    }

    // MARK: Values

    private mutating func values(_ wanted: Value, _ got: Value, _ place: String) {
        guard strictness == .shape else { return expect(wanted.json, got.json, place) }
        switch (wanted, got) {
        case (.map(let fields), .map(let others)):
            for (key, value) in fields {
                guard let other = others[key] else {
                    note("\(place).\(key) is missing")
                    continue
                }
                values(value, other, "\(place).\(key)")
            }
            for (key, _) in others where fields[key] == nil { note("\(place).\(key) is too much") }
        case (.array(let list), .array(let others)):
            guard let first = list.first else { return }
            for (index, other) in others.enumerated() { values(first, other, "\(place)[\(index)]") }
        case (.text, .text), (.bool, .bool), (.null, .null): return
        case (.integer, .integer), (.integer, .double), (.double, .integer), (.double, .double): return
        default: note("\(place): \(got.json) instead of \(wanted.json)")
        }
    }
}
