internal import NetDriver

/// Where a router tells what became of each request.
package protocol RequestLog: Sendable {
    /// Whether a line of this weight would be read by anybody.
    func shows(_ weight: RequestLine.Weight) -> Bool

    /// Takes a line; called on the loops, so it never waits.
    func write(_ line: RequestLine)
}

/// What became of a request, for the log: never its path's parameters, its bodies or its credentials.
package struct RequestLine: Sendable {
    /// How much it matters, from the least on.
    package enum Weight: Sendable, CaseIterable {
        case answered
        /// 4xx: the client's doing.
        case refused
        /// It took longer than an answer should.
        case slow
        /// 503: what stands behind does not do its part.
        case unavailable
        /// Any other 5xx: our own doing.
        case failed
    }

    package let weight: Weight
    package let method: StaticString
    package let route: StaticString
    package let status: Int
    package let nanoseconds: Int64
    package let bytes: Int
    package let name: String?
    package let trace: String?
    package let span: String?
}

extension RequestLine.Weight {
    /// Of a record; `pace` says whether its time is the client's own choice.
    init(_ record: ExchangeRecord, _ pace: Route.Pace, slowNanoseconds: Int64) {
        switch record.status.code {
        case 503: self = .unavailable
        case 500...: self = .failed
        case 400...: self = .refused
        default: self = pace == .prompt && record.nanoseconds > slowNanoseconds ? .slow : .answered
        }
    }
}
