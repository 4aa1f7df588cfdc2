package import Basics
internal import NetDriver
internal import Synchronization

/// What is known of a request besides its own words: who asks, by which name it goes, and which trace it is part of.
///
/// It may be kept, and taken to another thread.
package struct RequestContext: Sendable {
    /// How the one who asks is known.
    package enum Principal: Sendable {
        /// Not at all: there is no token to show.
        case anyone
        /// By the operator's token.
        case `operator`
    }

    package let principal: Principal
    /// The place in the list of routes.
    package let route: Int
    /// The path without its parameter.
    package let path: StaticString
    /// The last segment of the path, escapes and all; empty when the route has none.
    package let parameter: [UInt8]
    /// The name that the client gave to the request.
    private let givenName: [UInt8]?
    /// `traceparent` as it came (W3C trace context), to be passed on.
    package let trace: [UInt8]?
    private let names: RequestNames

    init(_ request: HTTPRequest, _ principal: Principal, route: Int, path: StaticString, names: RequestNames) {
        self.principal = principal
        self.route = route
        self.path = path
        var parameter: [UInt8] = []
        if request.path.byteCount > path.utf8CodeUnitCount {
            parameter = request.path.part(path.utf8CodeUnitCount..<request.path.byteCount).copy
        }
        self.parameter = parameter
        var (name, trace): ([UInt8]?, [UInt8]?) = (nil, nil)
        if let field = request.field("x-request-id"), RequestNames.isName(field) { name = field.copy }
        if let field = request.field("traceparent"), RequestNames.isTrace(field) { trace = field.copy }
        givenName = name
        self.trace = trace
        self.names = names
    }

    /// What the request is called in answers and logs: the client's name for it, or a new one.
    package func name() -> String { givenName.map { $0.raw.text } ?? names.next() }

    /// The path as it was asked for.
    package var instance: String {
        var bytes: [UInt8] = []
        bytes.append(path)
        bytes.append(parameter.raw)
        return bytes.raw.text
    }
}

/// Makes names for requests: unique in this process, and not to be guessed from another's.
package final class RequestNames: Sendable {
    private let prefix: String
    private let count = Atomic<UInt64>(0)

    package init(randomness: any Randomness) { prefix = Hex.text(randomness.bytes(8)) }

    package func next() -> String {
        let number = count.add(1, ordering: .relaxed).newValue
        return "\(prefix)-\(number)"
    }

    /// 1 to 128 visible ASCII characters.
    static func isName(_ value: RawSpan) -> Bool {
        guard (1...128).contains(value.byteCount) else { return false }
        for offset in 0..<value.byteCount where !(0x21...0x7E).contains(value.byte(at: offset)) { return false }
        return true
    }

    /// Version, trace, parent and flags in lower-case hexadecimal digits, neither identifier all zeros.
    static func isTrace(_ value: RawSpan) -> Bool {
        guard value.byteCount == 55, value.part(0..<2).isSame(as: "00") else { return false }
        for offset in 0..<55 {
            let byte = value.byte(at: offset)
            if [2, 35, 52].contains(offset) {
                guard byte == UInt8(ascii: "-") else { return false }
            } else {
                let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                guard isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) else { return false }
            }
        }
        return !isZero(value.part(3..<35)) && !isZero(value.part(36..<52))
    }

    private static func isZero(_ digits: RawSpan) -> Bool {
        for offset in 0..<digits.byteCount where digits.byte(at: offset) != UInt8(ascii: "0") { return false }
        return true
    }
}
