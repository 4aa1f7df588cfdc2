internal import Capability
internal import Model

/// What an annotation says a value is.
struct SuperJSONType {
    private enum Kind { case undefined, date, number, bigInteger, set, map, expression, error, address, array(String) }

    private let kind: Kind

    private static let words: [String: Kind] = [
        "undefined": .undefined, "Date": .date, "number": .number, "bigint": .bigInteger, "set": .set, "map": .map,
        "regexp": .expression, "Error": .error, "URL": .address,
    ]
    private static let arrays: Set = [
        "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
        "Float32Array", "Float64Array",
    ]

    init(_ type: Datum) throws(SuperJSON.Unreadable) {
        switch type {
        case .text(let word):
            guard let kind = Self.words[word] else { throw SuperJSON.Unreadable(reason: "there is no type \(word)") }
            self.kind = kind
        case .list(let words):
            guard words.count == 2, words[0] == "typed-array", case .text(let name) = words[1],
                Self.arrays.contains(name)
            else { throw SuperJSON.Unreadable(reason: "there is no such composite type") }
            kind = .array(name)
        default: throw SuperJSON.Unreadable(reason: "a type is a word, or two of them")
        }
    }

    /// The value that the plain one stands for.
    func value(of plain: Datum) throws(SuperJSON.Unreadable) -> Datum {
        switch (kind, plain) {
        case (.undefined, _): return .absent
        case (.date, .text(let text)): return .date(Instant(iso: text))
        case (.date, .integer(let integer)) where integer.magnitude <= UInt64(Instant.reach):
            return .date(Instant(milliseconds: integer))
        case (.date, _): return .date(nil)
        case (.number, .text("NaN")): return .double(.nan)
        case (.number, .text("Infinity")): return .double(.infinity)
        case (.number, .text("-Infinity")): return .double(-.infinity)
        case (.number, .text("-0")): return .double(-0.0)
        case (.number, .integer), (.number, .double): return plain
        case (.bigInteger, .text(let text)) where Self.isInteger(text): return .rare(.bigInteger(text))
        case (.bigInteger, .integer(let integer)): return .rare(.bigInteger(String(integer)))
        case (.set, .list(let list)): return .rare(.set(list))
        case (.map, .list(let list)): return .rare(.map(try Self.entries(list)))
        case (.expression, .text(let text)): return .rare(.expression(text))
        case (.error, .object(let entries)): return .rare(.error(entries))
        case (.address, .text(let text)): return .rare(.address(text))
        case (.array(let name), .list(let list)): return .rare(.typedArray(name, list.map(Self.number)))
        default: throw SuperJSON.Unreadable(reason: "a value is not what its annotation says")
        }
    }

    private static func isInteger(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        return !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func entries(_ list: [Datum]) throws(SuperJSON.Unreadable) -> [RareDatum.MapEntry] {
        var entries: [RareDatum.MapEntry] = []
        for element in list {
            guard case .list(let pair) = element, pair.count == 2 else {
                throw SuperJSON.Unreadable(reason: "a map is a list of pairs")
            }
            entries.append(RareDatum.MapEntry(key: pair[0], value: pair[1]))
        }
        return entries
    }

    /// An element of a typed array, which holds numbers only.
    private static func number(_ datum: Datum) -> Datum {
        switch datum {
        case .integer, .double: datum
        case .text("NaN"): .double(.nan)
        case .text("Infinity"): .double(.infinity)
        case .text("-Infinity"): .double(-.infinity)
        default: 0
        }
    }
}
