internal import Agents
internal import Capability
internal import Chat
internal import Devices
internal import Model
internal import Ports
internal import Sync

/// What the services of the mind refuse, in the words of the doors: the one place where they meet.
extension Refusal {
    /// A store that does not answer.
    init(_ error: StoreError, isUncertain: Bool = false) {
        self.init(.unavailable, "the store does not answer (\(error.kind.rawValue))", retryAfterSeconds: 1)
        self.isUncertain = isUncertain
    }

    init(_ failure: DeviceGate.Failure) {
        switch failure {
        case .unavailable(let error, let isUncertain): self.init(error, isUncertain: isUncertain)
        case .otherFingerprint, .revoked: self.init(.forbidden, failure.message)
        case .badToken, .voidToken: self.init(.unauthorized, failure.message)
        }
    }

    init(_ failure: APIKeys.Failure) {
        switch failure {
        case .notFound: self.init(.notFound, "there is no key of that id")
        case .unavailable(let error, let isUncertain): self.init(error, isUncertain: isUncertain)
        }
    }

    init(_ failure: AgentRegistry.Failure) {
        switch failure {
        case .notFound: self.init(.notFound, "nobody registered by that name, or nothing stands at that position")
        case .signsItsOwn: self.init(.forbidden, "the agent has a key: append what it says signed")
        case .tooLarge: self.init(.tooLarge, "the capabilities are too large")
        case .unavailable(let error, let isUncertain): self.init(error, isUncertain: isUncertain)
        }
    }

    init(_ failure: Chat.Failure) {
        switch failure {
        case .signsItsOwn: self.init(.forbidden, "the device has a key: append what it says signed")
        case .unavailable(let error, let isUncertain): self.init(error, isUncertain: isUncertain)
        }
    }

    init(_ failure: AppendError) {
        switch failure {
        case .store(let error, let isUncertain): self.init(error, isUncertain: isUncertain)
        case .refused(let refusals):
            if case .agentHasKey? = refusals.first?.reason {
                self.init(.forbidden, "the device has a key: append what it says signed")
            } else {
                self.init(.conflict, "the ledger does not take it")
            }
        }
    }
}

extension Call {
    /// How the one who calls is known, for the ledger.
    var writer: Writer {
        switch caller {
        case .operator, .key: .token
        case .device: .device
        case .anyone, .unproven, .unjudged: .open
        }
    }

    /// Who writes: the token's device whatever the body says, else the one that the body names, unproven.
    func device(said: AgentID) -> AgentID {
        caller.device.map { AgentID(unchecked: $0.id.text) } ?? said
    }

    /// Refuses a device that wants to speak for another agent.
    func check(speaksFor agent: AgentID) throws(Refusal) {
        guard let device = caller.device, AgentID(unchecked: device.id.text) != agent else { return }
        throw Refusal(.forbidden, "a device writes as its own agent only")
    }
}
