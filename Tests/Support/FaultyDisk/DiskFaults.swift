internal import FilesDriver

/// How often a disk misbehaves, in operations out of a thousand.
package struct DiskFaults: Sendable, Hashable {
    /// Reads that throw.
    package var reads = 0
    /// Writes and truncations that throw, having done some part of their work.
    package var writes = 0
    /// Syncs that throw, having kept some sectors and dropped the others although they still read back.
    package var syncs = 0
    /// Syncs of files and of the folder that return without having done anything.
    package var lies = 0
    /// Opens, renames, removals and syncs of the folder that throw.
    package var folder = 0
    /// Sectors that hold neither the old nor the new content after a crash, out of those that were in flight.
    package var garbage = 0

    package init() {}

    package static let none = DiskFaults()
}

/// What is done to a disk; faults can be planted on each.
package enum DiskOperation: Int, Sendable, Hashable, CaseIterable {
    case read, write, truncate, sync, open, rename, remove, syncFolder

    /// Whether it can change what a crash leaves.
    var isMutation: Bool { self != .read && self != .open }
}

/// How a disk goes down.
package enum Crash: Sendable, Hashable {
    /// Only the process dies: what was written stays in the page cache, synced or not.
    case process
    /// The power goes: of what was not synced, any part stays.
    case power
}

/// A fault at an exact place in a history.
struct PlantedFault: Sendable {
    let operation: DiskOperation
    let prefix: String
    var skipping: Int
    var times: Int
    let effect: DiskEffect
}

/// What becomes of one operation.
enum DiskEffect: Sendable, Hashable {
    case done
    case failed(DiskError.Kind)
    /// Said yes, did nothing.
    case lied
    /// The power went in the middle of it.
    case cut
}
