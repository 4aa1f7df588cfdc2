// Rows from elsewhere: given ones, and those of files. Who runs the script says whether files may be read.
extension FixedRule {
    static let readers: [FixedRule] = [
        FixedRule("Constant", .rows("data")) { call throws(ScriptError) in
            guard case .list(let rows)? = try call.option("data") else { throw call.wrong("data", "a list of lists") }
            for row in rows {
                guard case .list(let values) = row else {
                    throw ScriptError(.badConstantRow, "Bad row for constant rule: \(row.shown)", at: call.call.span)
                }
                guard values.count == call.output.count else {
                    throw ScriptError(
                        .unevenConstantRows,
                        "Constant head must have the same arity as the data given",
                        at: call.call.span
                    )
                }
                call.put(values)
            }
        },
        FixedRule("CsvReader", .fields("types")) { call throws(ScriptError) in try readCSV(call) },
        FixedRule("JsonReader", .fields("fields")) { call throws(ScriptError) in try readJSON(call) },
    ]

    private static func content(_ call: FixedRuleCall) throws(ScriptError) -> String {
        guard let value = try call.option("url") else { throw call.missingOption("url") }
        guard case .text(let url) = value else { throw call.wrong("url", "a string") }
        guard url.hasPrefix("file://") else {
            throw ScriptError(
                .unsupported,
                "reading \(url) is not supported yet",
                at: call.call.span,
                remedy: "write file:// and the path"
            )
        }
        let path = String(url.dropFirst("file://".count))
        guard let bytes = call.context.readFile(path) else {
            throw ScriptError(.unreadable, "\(path) cannot be read", at: call.call.span)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func texts(_ name: String, _ call: FixedRuleCall) throws(ScriptError) -> [String] {
        guard case .list(let items)? = try call.option(name) else { throw call.missingOption(name) }
        var texts: [String] = []
        for item in items {
            guard case .text(let text) = item else { throw call.wrong(name, "a list of strings") }
            texts.append(text)
        }
        return texts
    }

    private static func readJSON(_ call: FixedRuleCall) throws(ScriptError) {
        let fields = try texts("fields", call)
        let isLines = try call.flag("json_lines", true)
        let allowsAbsent = try call.flag("null_if_absent", false)
        let isNumbered = try call.flag("prepend_index", false)
        let content = try content(call)
        var documents: [JSONTree] = []
        if isLines {
            for line in content.split(whereSeparator: \.isNewline) where !line.allSatisfy(\.isWhitespace) {
                guard let tree = JSONTree(parsing: String(line)) else { throw unreadable(line, call) }
                documents.append(tree)
            }
        } else {
            guard case .array(let items)? = JSONTree(parsing: content) else { throw unreadable("the file", call) }
            documents = items
        }
        for (number, document) in documents.enumerated() {
            guard case .object = document else { throw unreadable(document.description, call) }
            var row: [Datum] = isNumbered ? [.int(Int64(number))] : []
            for field in fields {
                guard let value = document.member(field)?.datum ?? (allowsAbsent ? .null : nil) else {
                    throw ScriptError(.unreadable, "field \(field) is absent from JSON line", at: call.call.span)
                }
                row.append(value)
            }
            call.put(row)
        }
    }

    private static func unreadable(_ what: some StringProtocol, _ call: FixedRuleCall) -> ScriptError {
        ScriptError(.unreadable, "no JSON object: \(what.prefix(60))", at: call.call.span)
    }

    private static func readCSV(_ call: FixedRuleCall) throws(ScriptError) {
        var delimiter: UInt8 = UInt8(ascii: ",")
        if let value = try call.option("delimiter") {
            guard case .text(let text) = value, text.utf8.count == 1, let byte = text.utf8.first else {
                throw call.wrong("delimiter", "a single-byte string")
            }
            delimiter = byte
        }
        let isNumbered = try call.flag("prepend_index", false)
        let hasHeaders = try call.flag("has_headers", true)
        let types = try texts("types", call)
        for type in types where !knownTypes.contains(type.last == "?" ? String(type.dropLast()) : type) {
            throw call.wrong("types", "Any, String, Int, Float or Uuid, perhaps with ?")
        }
        let records = SeparatedText(Array(try content(call).utf8), delimiter).records().dropFirst(hasHeaders ? 1 : 0)
        for (number, record) in records.enumerated() {
            try call.watch.tick()
            var row: [Datum] = isNumbered ? [.int(Int64(number))] : []
            for (place, type) in types.enumerated() {
                row.append(try value(place < record.count ? record[place] : nil, type, call))
            }
            call.put(row)
        }
    }

    private static let knownTypes: Set = ["Any", "String", "Int", "Float", "Uuid"]

    private static func value(_ text: String?, _ type: String, _ call: FixedRuleCall) throws(ScriptError) -> Datum {
        let isNullable = type.last == "?"
        let value: Datum? =
            switch isNullable ? String(type.dropLast()) : type {
            case "Int": text.flatMap { Double($0) }.flatMap { Int64(exactly: $0) }.map { .int($0) }
            case "Float": text.flatMap { Double($0) }.map { .float($0) }
            case "Uuid": text.flatMap { UniqueID($0) }.map { .uuid($0) }
            default: text.map { .text($0) }
            }
        if let value { return value }
        guard isNullable else {
            throw ScriptError(
                .unreadable,
                text.map { "cannot convert \($0) to type \(type)" }
                    ?? "encountered null value when processing CSV when non-null required",
                at: call.call.span
            )
        }
        return .null
    }
}

/// Records of comma-separated values: fields in quotes may hold anything, a quote in them is doubled.
struct SeparatedText {
    private let bytes: [UInt8]
    private let delimiter: UInt8
    private static let quote = UInt8(ascii: "\"")

    init(_ bytes: [UInt8], _ delimiter: UInt8) {
        self.bytes = bytes
        self.delimiter = delimiter
    }

    func records() -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var isEmpty = true
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if isQuoted {
                if byte != Self.quote {
                    field.append(byte)
                } else if place < bytes.count, bytes[place] == Self.quote {
                    field.append(byte)
                    place += 1
                } else {
                    isQuoted = false
                }
                continue
            }
            switch byte {
            case Self.quote where field.isEmpty:
                isQuoted = true
                isEmpty = false
            case delimiter:
                record.append(String(decoding: field, as: UTF8.self))
                field = []
                isEmpty = false
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                // A line with nothing in it is no record.
                if !isEmpty { records.append(record + [String(decoding: field, as: UTF8.self)]) }
                (record, field, isEmpty) = ([], [], true)
            default:
                field.append(byte)
                isEmpty = false
            }
        }
        if !isEmpty { records.append(record + [String(decoding: field, as: UTF8.self)]) }
        return records
    }
}
