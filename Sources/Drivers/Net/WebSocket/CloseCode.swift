/// Why a WebSocket was closed, as its close frame says (RFC 6455 §7.4).
package struct CloseCode: Sendable, Hashable {
    package let number: UInt16

    package init(_ number: UInt16) { self.number = number }

    package static let normal = CloseCode(1000)
    /// The server stops, or the page is left.
    package static let goingAway = CloseCode(1001)
    package static let protocolError = CloseCode(1002)
    /// Text where binary was expected, or the other way round.
    package static let unsupportedData = CloseCode(1003)
    /// There was no code; never sent.
    package static let missing = CloseCode(1005)
    /// There was no close frame; never sent.
    package static let abnormal = CloseCode(1006)
    /// A text that is no UTF-8.
    package static let invalidText = CloseCode(1007)
    package static let policyViolation = CloseCode(1008)
    package static let tooLarge = CloseCode(1009)
    package static let internalError = CloseCode(1011)
    /// Try again later.
    package static let overloaded = CloseCode(1013)

    /// Whether a frame may carry it.
    var isSendable: Bool {
        switch number {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
