import Basics

/// Compares streamed batches: the numbers of places are free, what stands in them is not.
enum WireLines {
    /// The lines of a stream, by the place that each fills.
    private struct Lines {
        var head = Value.null
        var places: [Int64: [Value]] = [:]
        /// What is noted beside the values, without their places.
        var notes: [String] = []
        var count = 0

        init(_ text: String) {
            for line in text.split(separator: "\n") {
                guard var value = Value(json: String(line.trimmingPrefix { $0 == " " })) else { continue }
                count += 1
                if case .map(let fields) = value, let json = fields["json"] {
                    if let meta = fields["meta"] { notes.append(meta["values"].json) }
                    value = json
                }
                if case .array(let parts) = value { places[parts[0].integer, default: []].append(value) }
                if case .map = value { head = value }
            }
            notes.sort()
        }

        /// Everything in its place.
        func resolved(_ encoded: Value) -> Value {
            let parts = encoded.list
            var whole = parts.first?.list.first ?? "(nothing)"
            for place in parts.dropFirst() {
                let filled = self.filled(place[2].integer, isSeries: place[1] == 1)
                guard case .text(let key) = place[0], case .map(var fields) = whole else {
                    whole = filled
                    continue
                }
                fields[key] = filled
                whole = .map(fields)
            }
            return whole
        }

        private func filled(_ place: Int64, isSeries: Bool) -> Value {
            let lines = places[place] ?? []
            let values = lines.map { line -> Value in
                let isError = line[1].integer == (isSeries ? 2 : 1)
                let content = isError ? line[2] : resolved(line[2])
                return .map(Fields(unique: [("status", line[1]), (isError ? "error" : "value", content)]))
            }
            return isSeries ? .array(values) : values.first ?? "(missing)"
        }
    }

    static func compare(_ wanted: String, _ got: String, _ comparison: inout WireComparison) {
        let (one, other) = (Lines(wanted), Lines(got))
        comparison.expect(one.count, other.count, "lines")
        comparison.expect(one.notes, other.notes, "meta.values")
        comparison.expect(one.head.entries.map(\.key), other.head.entries.map(\.key), "calls")
        for (key, encoded) in one.head.entries {
            same(one.resolved(encoded), other.resolved(other.head[key]), key, &comparison)
        }
    }

    private static func same(_ wanted: Value, _ got: Value, _ place: String, _ comparison: inout WireComparison) {
        if wanted["error"] != .null { return comparison.error(wanted["error"], got["error"]) }
        switch (wanted, got) {
        case (.map(let fields), .map):
            comparison.expect(fields.map(\.key), got.entries.map(\.key), "\(place)'s keys")
            for (key, value) in fields { same(value, got[key], "\(place).\(key)", &comparison) }
        case (.array(let list), .array(let others)):
            comparison.expect(list.count, others.count, "\(place)'s length")
            for (index, pair) in zip(list, others).enumerated() {
                same(pair.0, pair.1, "\(place)[\(index)]", &comparison)
            }
        default: comparison.expect(wanted.json, got.json, place)
        }
    }
}
