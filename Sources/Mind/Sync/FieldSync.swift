package import Model
package import Ports

/// Stores what devices send, each event exactly once, however often it is sent again.
///
/// An event is known by its device, type, timestamp and content, and by which it is of the equals in its batch. A
/// resend gets the ids of the first time. One bad event is answered as refused and does not stop the others: a device
/// that reads no refusals would send the batch for ever. Whether it is a resend is asked before its age.
package struct FieldSync: Sendable {
    private let ledger: any Ledger

    package init(_ ledger: any Ledger) { self.ledger = ledger }

    /// What became of a batch.
    package struct Outcome: Sendable, Hashable {
        /// One for each event, in the order of the batch.
        package let results: [Result]
        /// The highest position of these events; nil when all were refused.
        package let position: Position?

        package enum Result: Sendable, Hashable {
            case stored(Position, isDuplicate: Bool)
            case refused(SyncRefusal)
        }

        /// How many are in the ledger now.
        package var storedCount: Int {
            results.count { if case .stored = $0 { true } else { false } }
        }
    }

    /// Why nothing of a batch was acknowledged; it may be sent again as it is.
    package struct Unavailable: Error, Sendable {
        package let error: StoreError
        /// Whether it may be there all the same.
        package let isUncertain: Bool
    }

    /// An event on its way, with its place in the batch.
    private struct Candidate {
        let index: Int
        let submission: Submission
        /// What it is refused for unless it is a resend.
        let age: SyncRefusal?
    }

    /// Stores a batch; `now` is the server's clock.
    package func store(_ batch: Batch, now: Int64) async throws(Unavailable) -> Outcome {
        var results: [Int: Outcome.Result] = [:]
        for (index, event) in batch.events.enumerated() {
            if case .refused(let refusal, _) = event { results[index] = .refused(refusal) }
        }
        var candidates = Self.candidates(of: batch, now: now)
        while !candidates.isEmpty {
            switch try await append(candidates) {
            case .taken(let receipt):
                let duplicates = Set(receipt.duplicates)
                for (place, candidate) in candidates.enumerated() {
                    let position = receipt.positions[place]
                    results[candidate.index] = .stored(position, isDuplicate: duplicates.contains(place))
                }
                candidates = []
            case .refused(let refusals):
                // The ledger takes a batch whole or not at all: the others are sent again without those.
                let refused = Dictionary(refusals.map { ($0.index, $0.reason) }) { one, _ in one }
                for (place, reason) in refused {
                    results[candidates[place].index] = Self.result(of: candidates[place], reason)
                }
                candidates = candidates.enumerated().filter { refused[$0.offset] == nil }.map(\.element)
            }
        }
        let ordered = batch.events.indices.compactMap { results[$0] }
        let positions = ordered.compactMap { result -> Position? in
            guard case .stored(let position, _) = result else { return nil }
            return position
        }
        return Outcome(results: ordered, position: positions.max())
    }

    // MARK: To the ledger

    /// What tells equals apart.
    private struct Content: Hashable {
        let type: EventType
        let at: Int64
        let data: Body
    }

    private static func candidates(of batch: Batch, now: Int64) -> [Candidate] {
        var occurrences: [Content: Int] = [:]
        return batch.events.enumerated().compactMap { index, event -> Candidate? in
            guard case .readable(let event) = event else { return nil }
            let content = Content(type: event.type, at: event.at, data: event.data)
            let occurrence = occurrences[content, default: 0]
            occurrences[content] = occurrence + 1
            let age = batch.fault(ofAge: event.at, now: now)
            let submission = Submission(
                Event(
                    agent: batch.device,
                    type: event.type,
                    body: event.data,
                    subject: SubjectID(unchecked: batch.device.text),
                    at: event.at,
                    clock: event.clock ?? batch.clock
                ),
                by: batch.writer,
                recognised: .content(occurrence: occurrence, unknown: age == nil ? .accepted : .refused)
            )
            return Candidate(index: index, submission: submission, age: age)
        }
    }

    private enum Answer {
        case taken(AppendReceipt)
        case refused([AppendRefusal])
    }

    private func append(_ candidates: [Candidate]) async throws(Unavailable) -> Answer {
        do throws(AppendError) {
            return .taken(try await ledger.append(candidates.map(\.submission)))
        } catch {
            switch error {
            case .refused(let refusals) where !refusals.isEmpty: return .refused(refusals)
            case .refused:
                throw Unavailable(error: StoreError(.unexpected, in: "store a batch"), isUncertain: false)
            case .store(let error, let uncertain): throw Unavailable(error: error, isUncertain: uncertain)
            }
        }
    }

    /// What an event is answered that the ledger did not take.
    private static func result(of candidate: Candidate, _ reason: AppendRefusal.Reason) -> Outcome.Result {
        switch reason {
        case .unknown:
            if let age = candidate.age { return .refused(age) }
            return .refused(refusal(.badRequest, "", .misplaced, "it is not there"))
        case .agentHasKey(let position):
            let message = "position \(position) bound the device to a key: it signs what it writes"
            return .refused(refusal(.forbidden, "/deviceId", .misplaced, message))
        case .numberReused, .keyReused, .numberAndKeyDisagree, .badSignature, .causeAhead:
            // Events of devices carry none of what these are about.
            return .refused(refusal(.badRequest, "", .misplaced, "the ledger does not take it"))
        }
    }

    private static func refusal(
        _ code: SyncRefusal.Code,
        _ path: String,
        _ fault: FieldProblem.Code,
        _ message: String
    ) -> SyncRefusal {
        SyncRefusal(code, [FieldProblem(path: path, code: fault, message: message)])
    }
}
