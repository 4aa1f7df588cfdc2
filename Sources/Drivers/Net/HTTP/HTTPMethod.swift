internal import Basics

/// The methods that a handler may be asked for; a well-formed other one is answered with 501.
package enum HTTPMethod: UInt8, Sendable, CaseIterable {
    case get, head, post, put, patch, delete, options

    package var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        }
    }

    /// Names are case-sensitive.
    init?(_ name: RawSpan) {
        let candidate: HTTPMethod
        switch name.byteCount {
        case 3: candidate = name.byte(at: 0) == UInt8(ascii: "G") ? .get : .put
        case 4: candidate = name.byte(at: 0) == UInt8(ascii: "H") ? .head : .post
        case 5: candidate = .patch
        case 6: candidate = .delete
        case 7: candidate = .options
        default: return nil
        }
        guard name.isSame(as: candidate.name) else { return nil }
        self = candidate
    }
}
