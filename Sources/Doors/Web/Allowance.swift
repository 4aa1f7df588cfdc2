internal import Basics
package import NetDriver

/// How often a route may be asked, and who is counted as one.
package struct Allowance: Sendable {
    package typealias Key = @Sendable (_ request: HTTPRequest, _ context: RequestContext) -> [UInt8]

    let limiter: RateLimiter
    let key: Key

    /// Without a `key` all who ask are one.
    package init(_ limiter: RateLimiter, key: @escaping Key = { _, _ in [] }) {
        self.limiter = limiter
        self.key = key
    }
}
