package import Basics
package import Model

/// What Prima says of devices in the ledger: each about its device, so that it is forgotten with it.
package enum DeviceEvent: Sendable, Hashable {
    /// A device said who it is, and got a token.
    case authenticated(Authentication)
    /// Its tokens are void, and it gets none, until it is readmitted.
    case revoked
    /// It may come again, as if it had never been there; tokens from before stay void.
    case readmitted

    package struct Authentication: Sendable, Hashable {
        package let platform: Platform
        package let fingerprint: Fingerprint
        /// JSON, as the device sent it.
        package let capabilities: Fields
        /// SHA-256 of the token, in hexadecimal digits; the token itself is kept nowhere.
        package let tokenHash: String
        package let issued: Int64
        package let expires: Int64
    }

    static let authenticatedType = EventType(unchecked: "prima.device.authenticated")
    static let revokedType = EventType(unchecked: "prima.device.revoked")
    static let readmittedType = EventType(unchecked: "prima.device.readmitted")

    /// The event that says it.
    func event(of device: DeviceID, at now: Int64) -> Event {
        let subject = SubjectID(unchecked: device.text)
        switch self {
        case .revoked: return Event(agent: .prima, type: Self.revokedType, subject: subject, at: now)
        case .readmitted: return Event(agent: .prima, type: Self.readmittedType, subject: subject, at: now)
        case .authenticated(let authentication):
            return Event(
                agent: .prima,
                type: Self.authenticatedType,
                body: authentication.body,
                subject: subject,
                at: now
            )
        }
    }

    /// What an event says of a device; nil when it says nothing of one, or its body was forgotten.
    package init?(_ event: StoredEvent) {
        guard event.head.agent == .prima else { return nil }
        switch event.head.type {
        case Self.revokedType: self = .revoked
        case Self.readmittedType: self = .readmitted
        case Self.authenticatedType:
            guard let body = event.body, let authentication = Authentication(body.fields) else { return nil }
            self = .authenticated(authentication)
        default: return nil
        }
    }
}

extension DeviceEvent.Authentication {
    fileprivate var body: Body {
        let fields = Fields(unique: [
            ("platform", .text(platform.rawValue)), ("fingerprint", .text(fingerprint.text)),
            ("capabilities", .map(capabilities)), ("tokenHash", .text(tokenHash)), ("issued", .integer(issued)),
            ("expires", .integer(expires)),
        ])
        guard let body = try? Body(fields) else {
            preconditionFailure("capabilities are bounded before they come here")
        }
        return body
    }

    fileprivate init?(_ fields: Fields) {
        guard case .text(let name)? = fields["platform"], let platform = Platform(rawValue: name),
            case .text(let print)? = fields["fingerprint"], let fingerprint = Fingerprint(print),
            case .map(let capabilities)? = fields["capabilities"], case .text(let tokenHash)? = fields["tokenHash"],
            case .integer(let issued)? = fields["issued"], case .integer(let expires)? = fields["expires"]
        else { return nil }
        self.platform = platform
        self.fingerprint = fingerprint
        self.capabilities = capabilities
        self.tokenHash = tokenHash
        self.issued = issued
        self.expires = expires
    }
}
