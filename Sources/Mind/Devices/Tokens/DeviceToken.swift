package import Model

/// What the token of a device says: a JSON Web Token (RFC 7519), signed by this server.
package struct DeviceToken: Sendable, Hashable {
    /// Seven days, in milliseconds.
    package static let lifetime: Int64 = 7 * 24 * 60 * 60 * 1000

    package let device: DeviceID
    package let platform: Platform
    package let fingerprint: String
    /// When it was issued, and until when it is valid: whole seconds, in milliseconds since 1970.
    package let issued: Int64
    package let expires: Int64

    /// A token issued at `now`.
    package init(device: DeviceID, platform: Platform, fingerprint: String, now: Int64) {
        let issued = now / 1000 * 1000
        self.init(
            device: device,
            platform: platform,
            fingerprint: fingerprint,
            issued: issued,
            expires: issued + Self.lifetime
        )
    }

    init(device: DeviceID, platform: Platform, fingerprint: String, issued: Int64, expires: Int64) {
        self.device = device
        self.platform = platform
        self.fingerprint = fingerprint
        self.issued = issued
        self.expires = expires
    }

    /// Why a text is no token of this server.
    package enum Invalid: Error, Sendable, Hashable {
        case malformed
        /// It is signed in another way than this server signs, or says nothing of it.
        case wrongAlgorithm
        case badSignature
        case expired
        /// It is signed, but is no device's.
        case incomplete
    }
}
