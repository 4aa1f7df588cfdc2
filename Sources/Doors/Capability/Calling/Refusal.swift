internal import Basics

/// Why a call is refused: one of the words that every door has a number for, and what is wrong with each bad field.
package struct Refusal: Error, Sendable, Equatable {
    package let code: Code
    package let message: String
    /// Every bad field of the input, at most `Limits.problems` of them.
    package var faults: [Fault]
    /// After how many seconds it is worth asking again.
    package var retryAfterSeconds: Int?
    /// Whether what was refused may have happened all the same: the disk failed while it was written.
    package var isUncertain = false

    package init(_ code: Code, _ message: String, faults: [Fault] = [], retryAfterSeconds: Int? = nil) {
        self.code = code
        self.message = message
        self.faults = faults
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// An input that could not be parsed.
    package static func invalid(_ faults: [Fault]) -> Refusal {
        let places = faults.prefix(3).map { "\($0.place): \($0.message)" }.joined(separator: "; ")
        return Refusal(.badRequest, "The input is not valid. \(places)", faults: Array(faults.prefix(Limits.problems)))
    }

    /// The words are those of tRPC 11, since most who read them learned them there.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        case unreadable = "PARSE_ERROR"
        case badRequest = "BAD_REQUEST"
        case unauthorized = "UNAUTHORIZED"
        case paymentRequired = "PAYMENT_REQUIRED"
        case forbidden = "FORBIDDEN"
        case notFound = "NOT_FOUND"
        case methodNotSupported = "METHOD_NOT_SUPPORTED"
        case timeout = "TIMEOUT"
        case conflict = "CONFLICT"
        case preconditionFailed = "PRECONDITION_FAILED"
        case tooLarge = "PAYLOAD_TOO_LARGE"
        case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
        case unprocessable = "UNPROCESSABLE_CONTENT"
        case preconditionRequired = "PRECONDITION_REQUIRED"
        case tooManyRequests = "TOO_MANY_REQUESTS"
        case clientClosed = "CLIENT_CLOSED_REQUEST"
        case internalError = "INTERNAL_SERVER_ERROR"
        case notImplemented = "NOT_IMPLEMENTED"
        case badGateway = "BAD_GATEWAY"
        case unavailable = "SERVICE_UNAVAILABLE"
        case gatewayTimeout = "GATEWAY_TIMEOUT"

        package var status: UInt16 {
            switch self {
            case .unreadable, .badRequest: 400
            case .unauthorized: 401
            case .paymentRequired: 402
            case .forbidden: 403
            case .notFound: 404
            case .methodNotSupported: 405
            case .timeout: 408
            case .conflict: 409
            case .preconditionFailed: 412
            case .tooLarge: 413
            case .unsupportedMediaType: 415
            case .unprocessable: 422
            case .preconditionRequired: 428
            case .tooManyRequests: 429
            case .clientClosed: 499
            case .internalError: 500
            case .notImplemented: 501
            case .badGateway: 502
            case .unavailable: 503
            case .gatewayTimeout: 504
            }
        }
    }
}

/// One field of an input that is not what it should be.
package struct Fault: Sendable, Equatable {
    /// What is wrong, in the words that the clients in the field know.
    package enum Code: String, Sendable, Hashable {
        case wrongType = "invalid_type"
        case tooLarge = "too_big"
        case tooSmall = "too_small"
        case wrongValue = "invalid_value"
        case wrongFormat = "invalid_format"
        case noVariant = "invalid_union"
        case other = "custom"
    }

    package enum Step: Sendable, Equatable {
        case key(String)
        case index(Int)
    }

    package let code: Code
    package let path: [Step]
    package let message: String

    package init(_ code: Code, at path: [Step] = [], _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// The path for a person: `events[1].type`.
    package var place: String {
        var text = ""
        for step in path {
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text.isEmpty ? "the input" : text
    }
}
