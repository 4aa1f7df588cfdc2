package import Basics
internal import NetDriver
internal import Synchronization

/// What a request goes by, from its head to the end of its answer: its name, its trace, and what every answer says.
final class RequestNote: Sendable {
    /// Nil when its head could not be read.
    let method: HTTPMethod?
    let trace: TraceContext?
    let fields: HTTPFields
    /// Whether `fields` say the name already.
    let saysName: Bool
    private let name: RequestNames.Name

    init(_ words: RequestWords, _ shared: HTTPFields, _ names: RequestNames) {
        method = words.method
        var fields = shared
        if let given = words.name {
            fields.add("X-Request-Id", given.raw)
            name = .given(given)
        } else {
            name = names.next()
        }
        saysName = words.name != nil
        trace = words.parent.map { names.child(of: $0) }
        if let trace { fields.add("traceresponse", trace.header.raw) }
        self.fields = fields
    }

    /// What the name is made of, when nothing else is known: no name of the client's, and no trace.
    var number: UInt64? {
        guard trace == nil, case .made(_, let number) = name else { return nil }
        return number
    }

    /// As it goes with the exchange.
    var exchanged: ExchangeNote { ExchangeNote(self, fields: fields) }

    /// What the request is called in answers and logs: the client's name for it, or a new one.
    var text: String { name.text }
}

/// The words of a head that name a request and its trace.
struct RequestWords {
    let method: HTTPMethod?
    private(set) var name: [UInt8]?
    private(set) var parent: TraceContext?
    private(set) var hasOrigin = false

    /// Of a head that could not be read.
    init() { method = nil }

    init(_ request: HTTPRequest) {
        method = request.method
        var (name, parent, parents, hasOrigin): ([UInt8]?, TraceContext?, Int, Bool) = (nil, nil, 0, false)
        request.forEachField { field, value in
            switch field.byteCount {
            case 6 where field.isSameIgnoringCase(as: "origin"): hasOrigin = true
            case 11 where field.isSameIgnoringCase(as: "traceparent"):
                parents += 1
                parent = TraceContext(value)
            case 12 where field.isSameIgnoringCase(as: "x-request-id"):
                if name == nil, RequestNames.isName(value) { name = value.copy }
            default: break
            }
            return .next
        }
        self.name = name
        // Two of them are malformed, as one that cannot be read is.
        self.parent = parents == 1 ? parent : nil
        self.hasOrigin = hasOrigin
    }
}

/// Makes names for requests: unique in this process, and not to be guessed from another's.
package final class RequestNames: Sendable {
    enum Name: Sendable {
        case given([UInt8])
        case made(prefix: String, UInt64)

        var text: String {
            switch self {
            case .given(let bytes): bytes.raw.text
            case .made(let prefix, let number): "\(prefix)-\(number)"
            }
        }
    }

    private let prefix: String
    private let seed: UInt64
    private let count = Atomic<UInt64>(0)

    package init(randomness: any Randomness) {
        prefix = Hex.text(randomness.bytes(8))
        seed = randomness.bytes(8).raw.word(at: 0)
    }

    func next() -> Name { made(nextNumber()) }

    func nextNumber() -> UInt64 { count.add(1, ordering: .relaxed).newValue }

    /// The name of the request that has the number.
    func made(_ number: UInt64) -> Name { .made(prefix: prefix, number) }

    /// The same trace, one step on.
    func child(of parent: TraceContext) -> TraceContext {
        parent.child(count.add(1, ordering: .relaxed).newValue &* 0x9E37_79B9_7F4A_7C15 ^ seed)
    }

    /// 1 to 128 visible ASCII characters.
    static func isName(_ value: RawSpan) -> Bool {
        guard (1...128).contains(value.byteCount) else { return false }
        for offset in 0..<value.byteCount where !(0x21...0x7E).contains(value.byte(at: offset)) { return false }
        return true
    }
}
