package import Capability
package import Model

/// What is the same of all calls of one request, or of one socket.
package struct CallFacts: Sendable {
    package let now: Instant
    package let requestID: String
    package let isForeign: Bool

    package init(now: Instant, requestID: String, isForeign: Bool) {
        self.now = now
        self.requestID = requestID
        self.isForeign = isForeign
    }

    package func call(by caller: Caller, _ door: Call.Origin.Door) -> Call {
        Call(caller: caller, now: now, requestID: requestID, origin: Call.Origin(door: door, isForeign: isForeign))
    }
}
