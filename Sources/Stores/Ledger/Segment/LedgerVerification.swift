package import Basics

/// What a walk over every byte of a ledger found.
package struct LedgerVerification: Sendable, Hashable {
    package var size: Int64 = 0
    package var first: Int64 = 0
    package var segments = 0
    package var root: ContentHash?
    /// What stands after the last whole group: a start would cut it.
    package var tail: LedgerTail?
    /// What is wrong, in plain words; at most `errorLimit` of them.
    package private(set) var errors: [String] = []
    /// How many there were in all.
    package private(set) var errorCount = 0

    package static let errorLimit = 100

    package init() {}

    package var isSound: Bool { errorCount == 0 }

    package mutating func report(_ error: String) {
        errorCount += 1
        if errors.count < Self.errorLimit { errors.append(error) }
    }
}
