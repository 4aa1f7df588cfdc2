package import Model

/// One event of a batch as a device sent it, as far as it can be read.
package enum SyncedEvent: Sendable, Hashable {
    case readable(Readable)
    /// What is wrong with it, and whether it said to be an OFFLINE_SYNC all the same.
    case refused(SyncRefusal, isOfflineSync: Bool)

    package struct Readable: Sendable, Hashable {
        package let type: EventType
        /// The device's clock when it happened, in milliseconds since 1970.
        package let at: Int64
        package let data: Body
        package var clock: VectorClock?

        package init(type: EventType, at: Int64, data: Body, clock: VectorClock? = nil) {
            self.type = type
            self.at = at
            self.data = data
            self.clock = clock
        }
    }

    var isOfflineSync: Bool {
        switch self {
        case .readable(let event): event.type == .offlineSync
        case .refused(_, let isOfflineSync): isOfflineSync
        }
    }
}

/// Why one event of a batch was not stored; the others were.
package struct SyncRefusal: Error, Sendable, Hashable {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// It is not what such an event has to be.
        case badRequest = "BAD_REQUEST"
        /// The device has a key of its own, and signs what it writes.
        case forbidden = "FORBIDDEN"
    }

    package let code: Code
    /// Every bad field, by its JSON pointer into the event; never empty.
    package let problems: [FieldProblem]

    package init(_ code: Code, _ problems: [FieldProblem]) {
        precondition(!problems.isEmpty, "a refusal has a reason")
        self.code = code
        self.problems = problems
    }

    /// The first bad field.
    package var path: String { problems.first?.path ?? "" }

    /// All of them, for a person.
    package var message: String {
        problems.map { $0.path.isEmpty ? $0.message : "\($0.path.dropFirst()): \($0.message)" }.joined(separator: "; ")
    }
}
