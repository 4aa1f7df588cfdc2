internal import Basics
internal import Capability

/// Where in a document a value stands, as an annotation writes it: steps joined by dots.
struct SuperJSONPath {
    /// How keys with dots and backslashes are written.
    enum Notation {
        /// Both are escaped.
        case escaped
        /// As older writers do: dots are escaped, but for the last step's; backslashes are not.
        case legacy
    }

    static let prototype = "__proto__"
    private static let forbidden = [prototype, "prototype", "constructor"]

    private let steps: [String]

    /// `value` is the document, which tells what an older writer meant.
    init(_ text: String, _ notation: Notation, in value: Datum) throws(SuperJSON.Unreadable) {
        var steps = try Self.steps(text, notation)
        if notation == .legacy, case .object(let entries) = value, entries.contains(text) { steps = [text] }
        for step in steps where Self.forbidden.contains(where: { $0.hasSameBytes(as: step) }) {
            throw SuperJSON.Unreadable(reason: "a path leads through \(step)")
        }
        self.steps = steps
    }

    private static func steps(_ text: String, _ notation: Notation) throws(SuperJSON.Unreadable) -> [String] {
        var steps: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                isEscaped = false
                guard byte == UInt8(ascii: ".") || byte == UInt8(ascii: "\\") && notation == .escaped else {
                    guard notation == .legacy else { throw SuperJSON.Unreadable(reason: "a path has a bad escape") }
                    steps[steps.count - 1] += [UInt8(ascii: "\\"), byte]
                    continue
                }
                steps[steps.count - 1].append(byte)
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: ".") {
                steps.append([])
            } else {
                steps[steps.count - 1].append(byte)
            }
        }
        if isEscaped {
            guard notation == .legacy else { throw SuperJSON.Unreadable(reason: "a path has a bad escape") }
            steps[steps.count - 1].append(UInt8(ascii: "\\"))
        }
        return steps.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The value there; nil when the path leads nowhere.
    func look(in value: Datum) -> Datum? {
        var value = value
        for step in steps {
            switch value {
            case .object(let entries):
                guard entries.contains(step) else { return nil }
                value = entries[step]
            case .list(let list):
                guard let index = Self.index(step), list.indices.contains(index) else { return nil }
                value = list[index]
            default: return nil
            }
        }
        return value
    }

    /// Changes the value there; what leads nowhere changes nothing.
    func change(
        _ value: inout Datum,
        _ body: (inout Datum) throws(SuperJSON.Unreadable) -> Void
    ) throws(SuperJSON.Unreadable) {
        try Self.change(&value, steps[...], body)
    }

    private static func change(
        _ value: inout Datum,
        _ steps: ArraySlice<String>,
        _ body: (inout Datum) throws(SuperJSON.Unreadable) -> Void
    ) throws(SuperJSON.Unreadable) {
        guard let step = steps.first else { return try body(&value) }
        switch value {
        case .object(var entries):
            guard entries.contains(step) else { return }
            var inner = entries[step]
            try change(&inner, steps.dropFirst(), body)
            entries[step] = inner
            value = .object(entries)
        case .list(var list):
            guard let index = index(step), list.indices.contains(index) else { return }
            try change(&list[index], steps.dropFirst(), body)
            value = .list(list)
        default: return
        }
    }

    private static func index(_ step: String) -> Int? { step.utf8.raw.byteCount <= 9 ? Int(step) : nil }
}
