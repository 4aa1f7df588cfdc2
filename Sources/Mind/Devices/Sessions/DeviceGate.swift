internal import Basics
package import Model
package import Ports

/// Lets devices in: gives them tokens, knows them again by these, and voids them.
///
/// What is decided is an event in the ledger before anybody is told; the view of the sessions says who won when two
/// came at once. A token is good when this server signed it and its device's session accepts it: the same fingerprint,
/// not revoked.
package struct DeviceGate: Sendable {
    /// Answers of the sessions' view, and the wait until it shows a position.
    package struct Sessions: Sendable {
        let find: @Sendable (DeviceID) async throws(StoreError) -> DeviceSession?
        let reach: @Sendable (Position) async throws(StoreError) -> Void

        /// `reach` returns when the view has applied a position.
        package init(
            in rows: any Rows,
            reach: @escaping @Sendable (Position) async throws(StoreError) -> Void
        ) {
            self.reach = reach
            find = { device throws(StoreError) in
                try await rows.read(.live) { snapshot throws(StoreError) in
                    try DeviceSessionsView.session(of: device.text, in: snapshot)
                }
            }
        }
    }

    private let ledger: any Ledger
    private let sessions: Sessions
    private let signing: TokenSigning

    package init(ledger: any Ledger, sessions: Sessions, signing: TokenSigning) {
        self.ledger = ledger
        self.sessions = sessions
        self.signing = signing
    }

    /// Who a device says it is.
    package struct Request: Sendable {
        /// So many capabilities are kept.
        package static let capabilityCount = 64

        package let device: DeviceID
        package let platform: Platform
        /// In the order in which they were sent.
        package let capabilities: [(name: String, isThere: Bool)]?
        package let fingerprint: Fingerprint?

        /// Nil when there are more than 64 capabilities, one is there twice, or has a name of over 128 characters.
        package init?(
            device: DeviceID,
            platform: Platform,
            capabilities: [(name: String, isThere: Bool)]?,
            fingerprint: Fingerprint?
        ) {
            let names = capabilities?.map(\.name) ?? []
            let areShort = names.allSatisfy { $0.unicodeScalars.count <= Limits.identifierScalars }
            guard names.count <= Self.capabilityCount, areShort, Set(names.map { Array($0.utf8) }).count == names.count
            else { return nil }
            self.device = device
            self.platform = platform
            self.capabilities = capabilities
            self.fingerprint = fingerprint
        }
    }

    package struct Admission: Sendable {
        package let token: String
        package let content: DeviceToken
        /// Where the authentication stands.
        package let position: Position
    }

    package enum Failure: Error, Sendable {
        /// The device is known with another fingerprint.
        case otherFingerprint
        case revoked
        case badToken(DeviceToken.Invalid)
        /// The token is well signed, but its device's session does not accept it (any more).
        case voidToken
        /// The store does not answer; nothing is known.
        case unavailable(StoreError, isUncertain: Bool)

        /// What the device is told.
        package var message: String {
            switch self {
            case .otherFingerprint: "this device is known with another fingerprint"
            case .revoked: "this device was revoked"
            case .badToken(.expired): "the token has expired"
            case .badToken(.wrongAlgorithm): "the token is signed in another way than this server signs"
            case .badToken(.malformed), .badToken(.incomplete): "this is no token of a device"
            case .badToken(.badSignature): "the token was not signed by this server"
            case .voidToken: "the token is not valid any more"
            case .unavailable: "the store does not answer"
            }
        }
    }

    // MARK: Letting in

    /// Gives a device its token, valid for seven days from `now`.
    package func authenticate(_ request: Request, now: Int64) async throws(Failure) -> Admission {
        let fingerprint =
            request.fingerprint
            ?? Fingerprint(
                device: request.device,
                platform: request.platform,
                capabilities: request.capabilities,
                hash: signing.hash
            )
        try Self.check(try await session(of: request.device), fingerprint)
        let content = DeviceToken(
            device: request.device,
            platform: request.platform,
            fingerprint: fingerprint.text,
            now: now
        )
        let token = content.text(signing)
        let said = DeviceEvent.authenticated(
            DeviceEvent.Authentication(
                platform: request.platform,
                fingerprint: fingerprint,
                capabilities: Fields(unique: request.capabilities?.map { ($0.name, .bool($0.isThere)) } ?? []),
                tokenHash: signing.hash(Array(token.utf8)).description,
                issued: content.issued,
                expires: content.expires
            )
        )
        let position = try await append(said, of: request.device, by: .open, now: now)
        // Another may have been first, or the device was revoked meanwhile.
        try Self.check(try await session(of: request.device), fingerprint)
        return Admission(token: token, content: content, position: position)
    }

    private static func check(_ session: DeviceSession?, _ fingerprint: Fingerprint) throws(Failure) {
        guard let session else { return }
        if session.isRevoked { throw .revoked }
        if !session.isKnown(by: fingerprint) { throw .otherFingerprint }
    }

    /// Who a token is of, when it is good at `now`.
    package func verify(_ token: String, now: Int64) async throws(Failure) -> DeviceToken {
        let content: DeviceToken
        do throws(DeviceToken.Invalid) {
            content = try DeviceToken(token, signing, now: now)
        } catch {
            throw .badToken(error)
        }
        var session = try await session(of: content.device)
        if session == nil {
            // Whoever is told that its token is bad throws it away: the view may only be behind.
            if let last = Position(checking: ledger.extent.durable) { try await reach(last) }
            session = try await self.session(of: content.device)
        }
        guard let session, session.accepts(content) else { throw .voidToken }
        return content
    }

    // MARK: Voiding

    /// Voids every token of a device; it gets none until it is readmitted.
    ///
    /// `writer` is how the one who asks was known.
    package func revoke(_ device: DeviceID, by writer: Writer, now: Int64) async throws(Failure) -> Position {
        try await append(.revoked, of: device, by: writer, now: now)
    }

    /// Lets a device come again, with any fingerprint; tokens from before stay void.
    package func readmit(_ device: DeviceID, by writer: Writer, now: Int64) async throws(Failure) -> Position {
        try await append(.readmitted, of: device, by: writer, now: now)
    }

    // MARK: The ledger and its view

    private func append(
        _ said: DeviceEvent,
        of device: DeviceID,
        by writer: Writer,
        now: Int64
    ) async throws(Failure) -> Position {
        let position: Position
        do throws(AppendError) {
            let receipt = try await ledger.append([Submission(said.event(of: device, at: now), by: writer)])
            position = receipt.positions[0]
        } catch {
            switch error {
            case .store(let error, let uncertain): throw .unavailable(error, isUncertain: uncertain)
            case .refused:
                let error = StoreError(.unexpected, in: "say something of a device")
                throw .unavailable(error, isUncertain: false)
            }
        }
        try await reach(position)
        return position
    }

    private func session(of device: DeviceID) async throws(Failure) -> DeviceSession? {
        do throws(StoreError) { return try await sessions.find(device) } catch {
            throw .unavailable(error, isUncertain: false)
        }
    }

    private func reach(_ position: Position) async throws(Failure) {
        do throws(StoreError) { try await sessions.reach(position) } catch {
            throw .unavailable(error, isUncertain: false)
        }
    }
}
