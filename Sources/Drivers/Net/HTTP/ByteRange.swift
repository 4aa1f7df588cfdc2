internal import Basics

/// The part of a body that a client asks for with `Range` (RFC 9110 §14).
package enum ByteRange: Sendable, Equatable {
    /// All of it: nothing was asked for, or nothing that is understood, or several parts.
    case whole
    case part(Range<Int>)
    /// Beyond the end: 416.
    case unsatisfiable

    /// What `request` asks of a body of that length.
    package init(_ request: HTTPRequest, length: Int) {
        guard request.method == .get, request.count(of: "range") == 1, let value = request.field("range") else {
            self = .whole
            return
        }
        self = Self.read(value, length: length)
    }

    static func read(_ value: RawSpan, length: Int) -> ByteRange {
        guard value.byteCount > 6, value.part(0..<6).isSameIgnoringCase(as: "bytes=") else { return .whole }
        let spec = value.part(6..<value.byteCount).trimmed
        guard let dash = spec.firstIndex(of: UInt8(ascii: "-")) else { return .whole }
        let (before, after) = (spec.part(0..<dash), spec.part(dash + 1..<spec.byteCount))
        if before.byteCount == 0 {
            guard let suffix = after.decimal else { return .whole }
            return suffix == 0 || length == 0 ? .unsatisfiable : .part(max(0, length - suffix)..<length)
        }
        guard let first = before.decimal else { return .whole }
        if after.byteCount == 0 { return first < length ? .part(first..<length) : .unsatisfiable }
        guard let last = after.decimal, last >= first else { return .whole }
        return first < length ? .part(first..<min(last + 1, length)) : .unsatisfiable
    }

    /// What `Content-Range` says; nil when the whole is sent.
    package func field(length: Int) -> String? {
        switch self {
        case .whole: nil
        case .part(let range): "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
        case .unsatisfiable: "bytes */\(length)"
        }
    }
}
