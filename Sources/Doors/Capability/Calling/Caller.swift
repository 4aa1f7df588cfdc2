package import Model

/// Who calls, as far as that was proved.
package enum Caller: Sendable, Equatable {
    /// Nobody said who; whatever a body says of it is unproven.
    case anyone
    /// Somebody whose token or key is not valid: the reason, for whoever needs one.
    case unproven(reason: String)
    /// Nobody can say at this moment: the store that knows does not answer.
    case unjudged(Refusal)
    case device(Device)
    /// An API key, with what it may do.
    case key(id: String, scopes: Set<Access.Scope>)
    case `operator`

    package struct Device: Sendable, Equatable {
        package let id: DeviceID
        package let platform: String

        package init(id: DeviceID, platform: String) {
            self.id = id
            self.platform = platform
        }
    }

    /// The device that proved itself.
    package var device: Device? {
        guard case .device(let device) = self else { return nil }
        return device
    }
}

/// What a caller shows of itself, before anybody judged it.
package struct Evidence: Sendable, Equatable {
    /// What stands behind `Bearer`, or in a connection's parameters.
    package var token: String?
    package var key: String?

    package init(token: String? = nil, key: String? = nil) {
        self.token = token
        self.key = key
    }
}
