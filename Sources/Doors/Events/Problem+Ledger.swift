internal import Model
internal import NetDriver
internal import Ports
internal import Web

/// What the ledger and the reader of events answer, as a client is told.
extension Problem {
    static func unsupportedBody(_ accepted: String) -> Problem {
        Problem(.unsupportedMediaType, "unsupported-media-type", "A body here is \(accepted).")
    }

    static let lengthRequired = Problem(
        .lengthRequired,
        "length-required",
        "`Content-Length` or a chunked body is needed."
    )

    static let crowded = Problem(
        .unavailable,
        "crowded",
        "Too much waits for its acknowledgement already. Nothing of this was taken."
    )
    .retried(afterSeconds: 1)

    init(_ refusal: EventRefusal) {
        let faults = refusal.problems.map { Fault($0) }
        switch refusal.kind {
        case .unreadable: self.init(.badRequest, "unreadable", refusal.detail, faults: faults)
        case .tooLarge: self.init(.contentTooLarge, "too-large", refusal.detail, faults: faults)
        case .invalid: self.init(.unprocessable, "invalid", refusal.detail, faults: faults)
        }
    }

    init(_ error: AppendError, _ shape: AppendShape) {
        switch error {
        case .store(let error, let uncertain): self.init(durability: error, isUncertain: uncertain)
        case .refused(let refusals):
            let faults = refusals.map { Fault($0, shape) }
            switch refusals.first?.reason {
            case .numberReused, .keyReused, .numberAndKeyDisagree:
                self.init(.conflict, "conflict", "A number or key stands for other content already.", faults: faults)
            case .agentHasKey:
                self.init(.forbidden, "wrong-key", "The agent is bound to another key.", faults: faults)
            case .badSignature, .causeAhead, .unknown, nil:
                self.init(.unprocessable, "invalid", "Not every event is valid.", faults: faults)
            }
        }
    }

    private init(durability error: StoreError, isUncertain: Bool) {
        let detail =
            isUncertain
            ? "The disk failed while the events were written: they may appear after a restart. Resend them."
            : "Nothing can be made durable at this moment (\(error.kind.rawValue))."
        let extra: Extension? = isUncertain ? .flag("uncertain") : nil
        self = Problem(.unavailable, "not-durable", detail, extra: extra).retried(afterSeconds: 1)
    }

    /// What a failed read is told as; nothing of what lies under it.
    init(_ error: StoreError) {
        switch error.kind {
        case .corrupt, .unexpected, .unsupported:
            self.init(.internalError, "damaged", "The ledger could not be read (\(error.kind.rawValue)).")
        case .notFound, .conflict, .invalid, .unavailable, .timedOut, .exhausted, .cancelled:
            let problem = Problem(.unavailable, "unavailable", "The ledger does not answer (\(error.kind.rawValue)).")
            self = problem.retried(afterSeconds: 1)
        }
    }

    static func gone(first: Int64) -> Problem {
        Problem(
            .gone,
            "gone",
            "Retention dropped what was below position \(first).",
            extra: .number("first", first)
        )
    }
}

extension Problem.Fault {
    fileprivate init(_ refusal: AppendRefusal, _ shape: AppendShape) {
        let (field, code, message): (String, String, String) =
            switch refusal.reason {
            case .badSignature: ("signature", "bad_signature", "it is not of these bytes by this key")
            case .causeAhead(let cause): ("causes", "cause_ahead", "\(cause) is not below the event's own position")
            case .numberReused(let place): ("number", "number_reused", "position \(place) has it, with other content")
            case .keyReused(let place): ("key", "key_reused", "position \(place) has it, with other content")
            case .numberAndKeyDisagree(let number, let key):
                ("number", "number_and_key_disagree", "number and key name \(Self.name(number)) and \(Self.name(key))")
            case .unknown: ("at", "unknown", "it is not there, and may no longer be added")
            case .agentHasKey(let place):
                ("publicKey", "agent_has_key", "position \(place) bound the agent to its key")
            }
        self.init(path: shape.pointer(refusal.index, field), code: code, message: message)
    }

    private static func name(_ position: Position?) -> String { position.map { "position \($0)" } ?? "a new event" }
}
