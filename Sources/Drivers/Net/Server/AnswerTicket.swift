/// Which answer of which connection something is, and what its request asked of it.
struct AnswerTicket: Sendable {
    struct Traits: OptionSet, Sendable {
        let rawValue: UInt8
        static let isHead = Traits(rawValue: 1)
        /// The connection ends with this answer.
        static let isLast = Traits(rawValue: 2)
        /// HTTP/1.0.
        static let isOld = Traits(rawValue: 4)
        static let takesGzip = Traits(rawValue: 8)
    }

    /// All of it but the note: plain bytes.
    struct Claim: Sendable {
        let connection: ConnectionToken
        /// The request's rank on its connection.
        let number: UInt32
        var traits: Traits
        var route: UInt16 = 0
        let began: Int64
    }

    private(set) var claim: Claim
    /// What the handler wants to know again at the end, and wants said in any case.
    var note: ExchangeNote?

    init(_ connection: ConnectionToken, number: UInt32, traits: Traits, began: Int64) {
        claim = Claim(connection: connection, number: number, traits: traits, began: began)
    }

    init(_ claim: Claim, note: ExchangeNote?) {
        self.claim = claim
        self.note = note
    }

    var connection: ConnectionToken { claim.connection }
    var number: UInt32 { claim.number }
    var route: UInt16 { claim.route }
    var began: Int64 { claim.began }
    var traits: Traits {
        get { claim.traits }
        set { claim.traits = newValue }
    }

    var persistence: ResponseHead.Persistence {
        if traits.contains(.isLast) { return .close }
        return traits.contains(.isOld) ? .keepAlive : .assumed
    }
}
