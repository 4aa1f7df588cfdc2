internal import Agents
internal import Basics
internal import Capability
internal import Chat
internal import Devices
internal import Field
internal import FilesDriver
internal import Model
internal import OpenSSLDriver
internal import Ports
internal import Repertoire
internal import Roles
internal import Sync
internal import Views
internal import Web

/// The services of the mind over an open ledger, and how calls reach them.
struct OpenedMind: Sendable {
    let dispatch: Dispatch
    /// Who is there.
    let presence: Presence

    /// How long a query waits for the position that it wants to see.
    private static let patience = Duration.seconds(5)

    init(
        _ loaded: LoadedConfiguration,
        _ opened: OpenedLedger,
        _ projector: Projector,
        hasOperator token: Secret?,
        vitals: @escaping @Sendable () -> Vitals
    ) throws(CommandFailure) {
        let (ledger, rows) = (opened.ledger, opened.rows)
        let reach: @Sendable (Position) async throws(StoreError) -> Void = { position throws(StoreError) in
            try await projector.reached(position)
        }
        let hash: @Sendable ([UInt8]) -> ContentHash = { SHA256.hash($0) }
        let signing = TokenSigning.hs256(code: try Self.code(loaded, opened.folder), hash: hash)
        let limits = RateLimits(loaded.configuration.callLimits)
        let devices = DeviceGate(ledger: ledger, sessions: .init(in: rows, reach: reach), signing: signing)
        let keys = APIKeys(ledger: ledger, in: rows, randomness: SystemRandomness(), hash: hash, reach: reach)
        let field = FieldReader(
            rows: rows,
            ledger: ledger,
            startedAt: SystemClock().milliseconds(),
            applied: { projector.position(of: FieldView.name) }
        )
        presence = field.presence
        let repertoire = Repertoire(
            Repertoire.Services(
                ledger: ledger,
                devices: devices,
                sessions: DeviceDirectory(rows),
                keys: keys,
                agents: AgentRegistry(ledger: ledger, in: rows, leases: AgentLeases(), reach: reach),
                chat: Chat(ledger: ledger, in: rows, reach: reach),
                sync: FieldSync(ledger),
                field: field,
                mind: SymthaeMind(),
                limits: limits,
                reach: reach,
                vitals: vitals
            )
        )
        let judge = CallerJudge(
            operatorToken: token.map { Array($0.revealed.utf8) },
            devices: devices,
            keys: keys,
            presence: field.presence
        )
        dispatch = Dispatch(
            CapabilityTable(repertoire.capabilities),
            Dispatch.Guards(
                identify: { await judge.identify($0, now: $1) },
                count: { (rate, call) throws(Refusal) in try limits.count(rate, call) },
                reach: { position throws(Refusal) in
                    try await Self.wait(for: position) { try? await projector.reached(position) }
                },
                hasOperator: token != nil
            )
        )
    }

    /// What signs tokens of devices: the secret of the configuration, or one that was made at the first start.
    private static func code(
        _ loaded: LoadedConfiguration,
        _ folder: DataFolder
    ) throws(CommandFailure) -> @Sendable ([UInt8]) -> [UInt8] {
        let secret: [UInt8]
        if let configured = loaded.configuration.tokenSigningSecret {
            secret = Array(configured.revealed.utf8)
        } else {
            secret = try folder.tokenSecret()
        }
        let code = HMACSHA256(key: secret)
        return { code.code(of: $0).bytes }
    }

    private static func wait(
        for position: Position,
        _ reached: @escaping @Sendable () async -> Void
    ) async throws(Refusal) {
        let isThere = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await reached()
                return !Task.isCancelled
            }
            group.addTask {
                try? await ContinuousClock().sleep(for: patience)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
        guard !isThere else { return }
        throw Refusal(.unavailable, "position \(position.index) is not shown yet", retryAfterSeconds: 1)
    }
}

/// Judges what callers show of themselves.
struct CallerJudge: Sendable {
    let operatorToken: [UInt8]?
    let devices: DeviceGate
    let keys: APIKeys
    let presence: Presence

    func identify(_ evidence: Evidence, now: Instant) async -> Caller {
        if let key = evidence.key { return await holder(of: key) }
        guard let token = evidence.token else { return .anyone }
        if let operatorToken, Credentials.isSame(operatorToken, token) { return .operator }
        if token.hasPrefix("prima_") { return await holder(of: token) }
        do throws(DeviceGate.Failure) {
            let known = try await devices.verify(token, now: now.milliseconds)
            presence.saw(AgentID(unchecked: known.device.text), at: now.milliseconds)
            return .device(Caller.Device(id: known.device, platform: known.platform.rawValue))
        } catch {
            if case .unavailable(let error, _) = error { return .unjudged(Self.away(error)) }
            return .unproven(reason: error.message)
        }
    }

    private func holder(of key: String) async -> Caller {
        do throws(APIKeys.Failure) {
            guard let holder = try await keys.holder(of: key) else { return .unproven(reason: "the key is not valid") }
            let scopes = holder.scopes.compactMap { Access.Scope(rawValue: $0.rawValue) }
            return .key(id: holder.id, scopes: Set(scopes))
        } catch {
            guard case .unavailable(let error, _) = error else { return .unproven(reason: "the key is not valid") }
            return .unjudged(Self.away(error))
        }
    }

    private static func away(_ error: StoreError) -> Refusal {
        Refusal(.unavailable, "the store does not answer (\(error.kind.rawValue))", retryAfterSeconds: 1)
    }
}

extension RateLimits {
    /// Counts a call of a device: the one that proved itself, or the one that the body names.
    fileprivate func count(_ rate: RateClass, _ call: Call) throws(Refusal) {
        guard let limit = LimitClass(rawValue: rate.name) else { return }
        let asker = call.caller.device?.id.text ?? call.said ?? "unknown"
        guard let seconds = take(limit, of: asker, now: call.now.milliseconds).retrySeconds else { return }
        throw Refusal(.tooManyRequests, "too many: wait \(seconds) s", retryAfterSeconds: Int(seconds))
    }
}

extension DataFolder {
    private static var tokenKeyName: String { "token.key" }

    /// The secret under which tokens of devices are signed: made once, and kept beside the ledger.
    fileprivate func tokenSecret() throws(CommandFailure) -> [UInt8] {
        do throws(DiskError) {
            if try disk.names().contains(Self.tokenKeyName) {
                var secret: [UInt8] = []
                _ = try disk.open(Self.tokenKeyName, .readOnly).read(into: &secret, count: 64, at: 0)
                if secret.count >= 32 { return secret }
            }
            let secret = SystemRandomness().bytes(32)
            let file = try disk.open(Self.tokenKeyName, .create)
            try file.write(secret[...], at: 0)
            try file.sync()
            return secret
        } catch {
            throw .folder(path, error)
        }
    }
}
