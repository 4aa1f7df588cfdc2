internal import Basics
internal import Capability

/// The envelopes of answers and errors.
enum TRPCWords {
    /// Appends a value in the caller's form; a plain one that is absent is nothing.
    static func append(_ rendition: Rendition, _ form: OutputWriter.Form, to out: inout [UInt8]) {
        switch form {
        case .plain: out.append(rendition.json.raw)
        case .rich: SuperJSON.append(rendition, to: &out)
        }
    }

    /// Appends `{"result": …}`.
    static func appendResult(_ rendition: Rendition, _ form: OutputWriter.Form, to out: inout [UInt8]) {
        out.append("{\"result\":{")
        if form == .rich || !rendition.isAbsent {
            out.append("\"data\":")
            append(rendition, form, to: &out)
        }
        out.append("}}")
    }

    /// Appends an error in the caller's form; `path` is left out where no procedure was called.
    static func append(_ refusal: Refusal, path: String?, _ form: OutputWriter.Form, to out: inout [UInt8]) {
        let error = error(refusal, path: path)
        switch form {
        case .plain: out.append(error.raw)
        case .rich: SuperJSON.appendDocument(error.raw, notes: [], to: &out)
        }
    }

    /// Appends `{"error": …}`.
    static func appendError(_ refusal: Refusal, path: String?, _ form: OutputWriter.Form, to out: inout [UInt8]) {
        out.append("{\"error\":")
        append(refusal, path: path, form, to: &out)
        out.append(UInt8(ascii: "}"))
    }

    /// The error itself, which is plain JSON in every form.
    static func error(_ refusal: Refusal, path: String?) -> [UInt8] {
        var out = JSONWriter()
        out.openObject()
        out.field("message")
        out.text(refusal.faults.isEmpty ? refusal.message : list(refusal.faults))
        out.field("code")
        out.integer(number(refusal.code))
        out.field("data")
        out.openObject()
        out.field("code")
        out.text(refusal.code.rawValue)
        out.field("httpStatus")
        out.integer(Int64(refusal.code.status))
        if let path {
            out.field("path")
            out.text(path)
        }
        out.closeObject()
        out.closeObject()
        return out.bytes
    }

    /// JSON-RPC's numbers.
    private static func number(_ code: Refusal.Code) -> Int64 {
        switch code {
        case .unreadable: -32_700
        case .badRequest: -32_600
        default: code.status < 500 ? -32_000 - (Int64(code.status) - 400) : -32_603
        }
    }

    /// Every bad field, as the clients in the field expect it: a JSON array in a text.
    private static func list(_ faults: [Fault]) -> String {
        var out = JSONWriter()
        out.openArray()
        for fault in faults {
            out.openObject()
            out.field("code")
            out.text(fault.code.rawValue)
            out.field("path")
            out.openArray()
            for step in fault.path {
                switch step {
                case .key(let key): out.text(key)
                case .index(let index): out.integer(Int64(index))
                }
            }
            out.closeArray()
            out.field("message")
            out.text(fault.message)
            out.closeObject()
        }
        out.closeArray()
        return String(decoding: out.bytes, as: UTF8.self)
    }
}
