internal import Basics
package import Model

/// Brings a call to its capability, the same way from every door: who may, from where, how fresh, how often.
///
/// In this order: the capability's sharing, its access, what is wrong with the input, its limit; then the handler runs.
package struct Dispatch: Sendable {
    /// What stands behind all doors.
    package struct Guards: Sendable {
        /// Judges what a caller shows of itself; an empty evidence is `anyone`, a bad one `unproven`.
        package var identify: @Sendable (Evidence, Instant) async -> Caller
        /// Counts a call; throws `tooManyRequests` when there were too many.
        package var count: @Sendable (RateClass, Call) throws(Refusal) -> Void
        /// Returns when the views show at least this position; throws `unavailable` when that takes too long.
        package var reach: @Sendable (Position) async throws(Refusal) -> Void
        /// Whether the operator set a token: without one, whoever reaches the server may do what a scope allows.
        package var hasOperator: Bool

        package init(
            identify: @escaping @Sendable (Evidence, Instant) async -> Caller,
            count: @escaping @Sendable (RateClass, Call) throws(Refusal) -> Void,
            reach: @escaping @Sendable (Position) async throws(Refusal) -> Void,
            hasOperator: Bool
        ) {
            self.identify = identify
            self.count = count
            self.reach = reach
            self.hasOperator = hasOperator
        }
    }

    package let table: CapabilityTable
    package let guards: Guards

    package init(_ table: CapabilityTable, _ guards: Guards) {
        self.table = table
        self.guards = guards
    }

    /// Answers a query or a mutation.
    package func call(_ capability: Capability, _ input: Datum, _ call: Call) async throws(Refusal) -> Reply {
        guard case .call(let action) = capability.action else {
            throw Refusal(.methodNotSupported, "\(capability.name.text) is a subscription")
        }
        try admit(call, to: capability)
        var call = call
        call.said = Self.device(in: input)
        if capability.kind == .query { try await awaitMoment(of: &call, input) }
        return try await action(input, call) { [call] () throws(Refusal) in try count(call, capability) }
    }

    /// Begins a subscription.
    package func subscribe(
        _ capability: Capability,
        _ input: Datum,
        _ call: Call
    ) async throws(Refusal) -> Subscription {
        guard case .subscribe(let action) = capability.action else {
            throw Refusal(.methodNotSupported, "\(capability.name.text) is no subscription")
        }
        try admit(call, to: capability)
        var call = call
        if call.lastEventID == nil, case .object(let entries) = input, case .text(let id) = entries["lastEventId"] {
            call.lastEventID = id
        }
        return try await action(input, call) { [call] () throws(Refusal) in try count(call, capability) }
    }

    /// Who is counted when nobody proved who it is.
    private static func device(in input: Datum) -> String? {
        guard case .object(let entries) = input, case .text(let device) = entries["deviceId"] else { return nil }
        return device
    }

    private func count(_ call: Call, _ capability: Capability) throws(Refusal) {
        if let limit = capability.limit { try guards.count(limit, call) }
    }

    // MARK: Who may

    private func admit(_ call: Call, to capability: Capability) throws(Refusal) {
        if capability.sharing == .ownSites, call.origin.isForeign {
            throw Refusal(.forbidden, "pages of this site may not call \(capability.name.text)")
        }
        switch capability.access {
        case .anyone: return
        case .device:
            if call.caller.device != nil { return }
            switch call.caller {
            case .unproven(let reason): throw Refusal(.unauthorized, reason)
            case .unjudged(let refusal): throw refusal
            default: throw Refusal(.unauthorized, "a device token is needed")
            }
        case .scope(let scope): try admit(call.caller, for: scope)
        }
    }

    private func admit(_ caller: Caller, for scope: Access.Scope) throws(Refusal) {
        switch caller {
        case .operator: return
        case .key(_, let scopes):
            guard scopes.contains(scope) || scopes.contains(.admin) else {
                throw Refusal(.forbidden, "the key does not have the scope \(scope.rawValue)")
            }
        case .device:
            guard scope != .admin else { throw Refusal(.forbidden, "a device does not administer") }
        case .unproven(let reason): throw Refusal(.unauthorized, reason)
        case .unjudged(let refusal): throw refusal
        case .anyone:
            guard !guards.hasOperator else {
                throw Refusal(.unauthorized, "the operator's token or an API key is needed")
            }
        }
    }

    // MARK: How fresh

    private struct Wish: Sendable {
        let after: Position?
        let asOf: Call.Moment?

        static let shape = Shape.object(
            Wish.init,
            Field.optional("after", \.after, .position),
            Field.optional(
                "asOf",
                \.asOf,
                .union(
                    Variant(.position, whole: { .position($0) }, part: { _ in nil }),
                    Variant(.instant, whole: { .time($0) }, part: { _ in nil })
                )
            )
        )
    }

    /// Waits until the views show what the caller wants to read; notes the past that it asks for.
    private func awaitMoment(of call: inout Call, _ input: Datum) async throws(Refusal) {
        guard case .object(let entries) = input, entries.contains("after") || entries.contains("asOf") else { return }
        let wish = try Wish.shape.parse(input)
        if wish.after != nil, wish.asOf != nil {
            throw .invalid([Fault(.other, at: [.key("asOf")], "ask for `after` or for `asOf`, not for both")])
        }
        if let moment = wish.asOf { call.moment = moment }
        if let after = wish.after { try await guards.reach(after) }
    }
}
