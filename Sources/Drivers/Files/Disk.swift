/// A folder on some disk: what stores that keep files of their own write to.
///
/// Names are single path components inside the folder. The faults that a real disk shows (short writes, errors,
/// torn and reordered sectors, lost syncs) are part of the contract: `FaultyDisk` of the tests plays them all.
package protocol Disk: AnyObject, Sendable {
    /// The names in the folder, in no order.
    func names() throws(DiskError) -> [String]

    /// Opens a file for reading and writing; with `.create` it must not exist, with `.existing` it must.
    func open(_ name: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile

    /// Gives a file another name, replacing what had it; durable after `syncFolder`.
    func rename(_ name: String, to newName: String) throws(DiskError)

    /// Takes a name away; durable after `syncFolder`. Open files stay readable.
    func remove(_ name: String) throws(DiskError)

    /// Returns when every name created, renamed or removed before is on stable storage.
    func syncFolder() throws(DiskError)
}

/// How a file is opened.
package enum OpenMode: Sendable { case existing, create, readOnly }

/// An open file, closed when released; reads never block the writer.
package protocol DiskFile: AnyObject, Sendable {
    /// The length of the file in bytes.
    func size() throws(DiskError) -> Int64

    /// Replaces what `buffer` holds by `count` bytes from `offset`; by fewer only where the file ends.
    ///
    /// Returns how many, which is then the length of `buffer`; its capacity is reused. After an error it is empty.
    func read(into buffer: inout [UInt8], count: Int, at offset: Int64) throws(DiskError) -> Int

    /// Writes all of `bytes` at `offset`, or throws; after an error any part of them may have been written.
    func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(DiskError)

    /// Extends the file from its end at `start` to `end`, with zeros, which a disk need not write.
    ///
    /// A full disk is met here, and not when the place is written.
    func extend(from start: Int64, to end: Int64) throws(DiskError)

    /// Cuts or extends (with zeros) the file to `size`.
    func truncate(to size: Int64) throws(DiskError)

    /// Returns when every byte written before is on stable storage (fdatasync).
    ///
    /// After it threw once, nothing is known of any byte written since the last success.
    func sync() throws(DiskError)
}

extension DiskFile {
    /// Writes the zeros.
    package func extend(from start: Int64, to end: Int64) throws(DiskError) {
        let zeros = [UInt8](repeating: 0, count: Int(min(end - start, 1 << 20)))
        var offset = start
        while offset < end {
            let count = Int(min(end - offset, Int64(zeros.count)))
            try write(zeros[0..<count], at: offset)
            offset += Int64(count)
        }
    }
}

/// What the disk answered.
package struct DiskError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        case full, readOnly, notFound, exists, denied, damaged, other
        /// Only for a reader that would not wait (`Patience`).
        case wouldWait
    }

    package let kind: Kind
    package let operation: String
    package let name: String
    /// The number that the system gave, 0 when there was none.
    package let code: Int32

    package init(_ kind: Kind, operation: String, name: String, code: Int32 = 0) {
        self.kind = kind
        self.operation = operation
        self.name = name
        self.code = code
    }

    package var description: String { "\(operation) \(name): \(kind)\(code == 0 ? "" : " (errno \(code))")" }
}
