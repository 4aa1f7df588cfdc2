/// Why the wire refuses a request before any handler sees it, or instead of it.
///
/// Each has its status; all but the two of load close the connection, since nobody knows where the next request begins.
package enum HTTPRefusal: String, Error, Sendable, CaseIterable {
    // Unreadable
    case badRequestLine = "the request line is not: method, one space, target, one space, version"
    case badTarget = "the request target is malformed"
    case badVersion = "the version is not of the form HTTP/1.1"
    case badLineEnd = "lines end with CR LF, and CR or LF stand nowhere else"
    case controlByte = "a control byte is in the head"
    case badFieldName = "a header field's name is malformed, or is followed by a blank"
    case foldedField = "a header field is folded over lines"
    case missingHost = "Host is missing"
    case badHost = "Host is malformed, or there is more than one"
    case badLength = "Content-Length is not one decimal number"
    case lengthAndCoding = "Content-Length and Transfer-Encoding exclude each other"
    case badCoding = "Transfer-Encoding is given twice, or to HTTP/1.0"
    case badConnection = "Connection is malformed"
    case badChunk = "the chunked body is malformed"
    case badUpgrade = "the WebSocket handshake is malformed"
    case plainText = "this port speaks TLS: ask with https"
    // Too much, too slow
    case targetTooLong = "the request target is too long"
    case headTooLarge = "the head is too large"
    case tooManyFields = "there are too many header fields"
    case bodyTooLarge = "the body is too large"
    case tooSlow = "the request arrives too slowly"
    // Not offered
    case unknownMethod = "the method is not implemented"
    case unknownCoding = "the transfer coding is not implemented"
    case unknownVersion = "the HTTP version is not supported"
    case unknownExpectation = "the expectation cannot be met"
    case unknownWebSocketVersion = "the WebSocket version is not supported"
    // Load
    case tooManyConnections = "there are too many connections"
    case overloaded = "there is too much to do"
    // The handler's own
    case unanswered = "the handler gave no answer"

    package var status: HTTPStatus {
        switch self {
        case .badRequestLine, .badTarget, .badVersion, .badLineEnd, .controlByte, .badFieldName, .foldedField,
            .missingHost, .badHost, .badLength, .lengthAndCoding, .badCoding, .badConnection, .badChunk, .badUpgrade,
            .plainText:
            .badRequest
        case .targetTooLong: .targetTooLong
        case .headTooLarge, .tooManyFields: .headTooLarge
        case .bodyTooLarge: .contentTooLarge
        case .tooSlow: .requestTimeout
        case .unknownMethod, .unknownCoding: .notImplemented
        case .unknownVersion: .versionNotSupported
        case .unknownExpectation: .expectationFailed
        case .unknownWebSocketVersion: .upgradeRequired
        case .tooManyConnections, .overloaded: .unavailable
        case .unanswered: .internalError
        }
    }

    /// What it says to a human.
    package var message: String { rawValue }
}
