internal import Basics
internal import NetDriver

/// Who may speak to Prima: the bearer of the operator's token, or anyone when there is none.
package struct Credentials: Sendable {
    private let token: [UInt8]?

    package init(token: String?) { self.token = token.map { Array($0.utf8) } }

    enum Verdict: Equatable { case known(RequestContext.Principal), missing, wrong }

    func judge(_ request: HTTPRequest) -> Verdict {
        guard let token else { return .known(.anyone) }
        guard request.count(of: "authorization") <= 1 else { return .wrong }
        guard let field = request.field("authorization") else { return .missing }
        guard field.byteCount > 7, field.part(0..<6).isSameIgnoringCase(as: "bearer"),
            field.byte(at: 6) == UInt8(ascii: " ")
        else { return .wrong }
        return Self.isSame(token, field.part(7..<field.byteCount).trimmed) ? .known(.operator) : .wrong
    }

    /// Whether a text is the secret; it takes as long whatever is wrong.
    package static func isSame(_ secret: [UInt8], _ given: String) -> Bool { isSame(secret, given.utf8.raw) }

    /// Compares in a time that tells nothing of where the difference is.
    private static func isSame(_ secret: [UInt8], _ given: RawSpan) -> Bool {
        var difference: UInt8 = secret.count == given.byteCount ? 0 : 1
        for offset in secret.indices {
            difference |= secret[offset] ^ (offset < given.byteCount ? given.byte(at: offset) : 0)
        }
        return difference == 0
    }
}
