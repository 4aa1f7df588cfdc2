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

    let connection: ConnectionToken
    /// The request's rank on its connection.
    let number: UInt32
    var traits: Traits
    var route: UInt16 = 0
    let began: Int64

    init(_ connection: ConnectionToken, number: UInt32, traits: Traits, began: Int64) {
        self.connection = connection
        self.number = number
        self.traits = traits
        self.began = began
    }

    var persistence: ResponseHead.Persistence {
        if traits.contains(.isLast) { return .close }
        return traits.contains(.isOld) ? .keepAlive : .assumed
    }
}
