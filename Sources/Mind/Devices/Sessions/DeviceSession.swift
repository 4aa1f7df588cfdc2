internal import Basics
internal import Model
package import Ports

/// What is known of a device that authenticated: a row of `device_sessions`.
package struct DeviceSession: Sendable, Hashable {
    /// The position of its first authentication.
    package let id: Int64
    package let device: String
    package var fingerprint: String
    package var platform: String
    /// JSON.
    package var capabilities: String
    package var tokenHash: String
    package var lastSeen: Int64
    package let created: Int64
    package var updated: Int64
    package var expires: Int64
    package var isRevoked: Bool

    init(_ authentication: DeviceEvent.Authentication, of device: String, at position: Position, after former: Self?) {
        id = former?.id ?? position.index
        self.device = device
        fingerprint = authentication.fingerprint.text
        platform = authentication.platform.rawValue
        var writer = JSONWriter()
        writer.value(.map(authentication.capabilities))
        capabilities = String(decoding: writer.bytes, as: UTF8.self)
        tokenHash = authentication.tokenHash
        created = former?.created ?? authentication.issued
        lastSeen = max(former?.lastSeen ?? .min, authentication.issued)
        updated = authentication.issued
        expires = authentication.expires
        isRevoked = false
    }

    func isKnown(by other: Fingerprint) -> Bool { fingerprint.hasSameBytes(as: other.text) }

    /// Whether a token that is well signed is one of this device's.
    func accepts(_ token: DeviceToken) -> Bool {
        !isRevoked && token.fingerprint.hasSameBytes(as: fingerprint) && token.issued >= created / 1000 * 1000
    }

    /// Reads a row; `corrupt` when it is not one that the view writes.
    package init(_ row: Row) throws(StoreError) {
        guard row.count == 11, let id = row[0].integer, let device = row[1].text, let fingerprint = row[2].text,
            let platform = row[3].text, let capabilities = row[4].text, let tokenHash = row[5].text,
            let lastSeen = row[6].integer, let created = row[7].integer, let updated = row[8].integer,
            let expires = row[9].integer, let revoked = row[10].integer
        else { throw StoreError(.corrupt, in: "read a row of device_sessions") }
        self.id = id
        self.device = device
        self.fingerprint = fingerprint
        self.platform = platform
        self.capabilities = capabilities
        self.tokenHash = tokenHash
        self.lastSeen = lastSeen
        self.created = created
        self.updated = updated
        self.expires = expires
        isRevoked = revoked != 0
    }

    var row: Row {
        [
            .integer(id), .text(device), .text(fingerprint), .text(platform), .text(capabilities), .text(tokenHash),
            .integer(lastSeen), .integer(created), .integer(updated), .integer(expires),
            .integer(isRevoked ? 1 : 0),
        ]
    }
}
