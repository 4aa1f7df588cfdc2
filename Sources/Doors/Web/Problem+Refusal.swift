package import Capability
internal import Model
internal import NetDriver

/// What a capability refuses, as a client of plain HTTP is told.
extension Problem {
    package init(_ refusal: Refusal) {
        let faults = refusal.faults.map { fault in
            let pointer = fault.path.reduce(JSONPointer()) { pointer, step in
                switch step {
                case .key(let key): pointer.appending(key)
                case .index(let index): pointer.appending(index)
                }
            }
            return Fault(path: pointer.description, code: fault.code.rawValue, message: fault.message)
        }
        // What could be read, but is not valid, is 422 here: 400 is for what cannot be read.
        let status = faults.isEmpty ? HTTPStatus(refusal.code.status) : .unprocessable
        self.init(
            status,
            refusal.code.word,
            refusal.message,
            faults: faults,
            extra: refusal.isUncertain ? .flag("uncertain") : nil
        )
        if refusal.code == .unauthorized { fields.add("WWW-Authenticate", "Bearer realm=\"prima\"") }
        if let seconds = refusal.retryAfterSeconds { fields.add("Retry-After", seconds) }
    }
}

extension Refusal.Code {
    fileprivate var word: StaticString {
        switch self {
        case .unreadable: "unreadable"
        case .badRequest: "invalid"
        case .unauthorized: "unauthorized"
        case .paymentRequired: "payment-required"
        case .forbidden: "forbidden"
        case .notFound: "not-found"
        case .methodNotSupported: "method-not-allowed"
        case .timeout: "timeout"
        case .conflict: "conflict"
        case .preconditionFailed: "precondition-failed"
        case .tooLarge: "too-large"
        case .unsupportedMediaType: "unsupported-media-type"
        case .unprocessable: "unprocessable"
        case .preconditionRequired: "precondition-required"
        case .tooManyRequests: "too-many-requests"
        case .clientClosed: "client-closed"
        case .internalError: "internal"
        case .notImplemented: "not-implemented"
        case .badGateway: "bad-gateway"
        case .unavailable: "unavailable"
        case .gatewayTimeout: "gateway-timeout"
        }
    }
}
