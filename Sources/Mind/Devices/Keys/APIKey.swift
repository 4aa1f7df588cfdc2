internal import Basics
internal import Model

/// A key for programs that are no devices: `prima_<id>_<secret>`, shown once; what is kept is a hash of it.
package struct APIKey: Sendable, Hashable {
    package enum Scope: String, Sendable, Hashable, CaseIterable { case read, write, admin }

    static let prefix = "prima"
    static let idByteCount = 8
    static let secretByteCount = 32

    package let id: String
    let secret: [UInt8]

    /// A new key.
    init(_ randomness: any Randomness) {
        id = Hex.text(randomness.bytes(Self.idByteCount))
        secret = randomness.bytes(Self.secretByteCount)
    }

    /// Nil when the text is no key.
    init?(_ text: String) {
        let parts = text.split(separator: "_", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.prefix, parts[1].utf8.count == 2 * Self.idByteCount,
            Hex.bytes(String(parts[1])) != nil, let secret = Base64URL.bytes(Array(parts[2].utf8)[...]),
            secret.count == Self.secretByteCount
        else { return nil }
        id = String(parts[1])
        self.secret = secret
    }

    /// As whoever uses it writes it.
    var text: String {
        "\(Self.prefix)_\(id)_" + String(decoding: Base64URL.text(secret), as: UTF8.self)
    }

    /// The subject of what is said of a key.
    static func subject(_ id: String) -> SubjectID { SubjectID(unchecked: "key:\(id)") }
}
