internal import Basics
package import Datalog
package import FilesDriver
internal import Integrity

/// The file that keeps stored relations: a frame for each transaction, synced before the transaction is seen.
///
/// A frame is `PRL1`, the CRC-32C of what follows, the length of the changes (64 bits, least byte first), the changes,
/// and zeros up to a whole page: a page that is torn while it is written holds nothing that was acknowledged. The
/// first frame may be `PRL0`: everything that was stored when the file was written anew, synced before it got its
/// name. A file may end inside a frame: that transaction was acknowledged to nobody. A damaged frame with a whole one
/// behind it is no torn end: such a file is not opened.
///
/// What a failed sync left is read, but need not be on the disk; so a file that holds more than one `PRL0` is written
/// anew when it is opened.
package final class RelationFile: TransactionLog {
    package static let name = "relations"
    private let state: Lock<State>

    private struct State {
        let file: any DiskFile
        var end: Int64
        /// After a failure nobody knows what the disk holds: nothing is written until the file is opened again.
        var isInDoubt = false
    }

    private init(_ file: any DiskFile, end: Int64) { state = Lock(State(file: file, end: end)) }

    /// The database that a folder keeps; an empty one when it keeps none yet.
    package static func open(_ disk: any Disk) throws(RelationFileError) -> Database {
        let bytes: [UInt8]
        do {
            bytes = try content(disk)
        } catch {
            throw .disk(error)
        }
        let (kept, isImage) = try frames(bytes)
        do {
            let database = try Database(kept)
            if bytes.isEmpty || isImage {
                let file = try disk.open(name, .existing)
                // Who made the file may have failed to make its name last.
                try disk.syncFolder()
                return try Database(kept, log: RelationFile(file, end: Int64(bytes.count)))
            }
            let image = database.image
            let frame = frame(of: image, imageMagic)
            return try Database([image], log: RelationFile(try rewritten(disk, frame), end: Int64(frame.count)))
        } catch let error as DiskError {
            throw .disk(error)
        } catch let error as ScriptError {
            throw .damaged("its changes do not follow from each other: \(error.message)")
        } catch {
            throw .damaged("\(error)")
        }
    }

    private static func content(_ disk: any Disk) throws(DiskError) -> [UInt8] {
        let names = try disk.names()
        if names.contains(name + ".new") { try disk.remove(name + ".new") }
        guard names.contains(name) else {
            _ = try disk.open(name, .create)
            return []
        }
        let file = try disk.open(name, .existing)
        var bytes: [UInt8] = []
        _ = try file.read(into: &bytes, count: Int(try file.size()), at: 0)
        return bytes
    }

    /// A new file with one frame in the place of the old one.
    private static func rewritten(_ disk: any Disk, _ frame: [UInt8]) throws(DiskError) -> any DiskFile {
        let file = try disk.open(name + ".new", .create)
        try file.write(frame[...], at: 0)
        try file.sync()
        try disk.rename(name + ".new", to: name)
        try disk.syncFolder()
        return file
    }

    package func append(_ changes: TransactionChanges) throws(ScriptError) {
        let frame = Self.frame(of: changes, Self.magic)
        try state.withLock { state throws(ScriptError) in
            guard !state.isInDoubt else {
                throw ScriptError(
                    notKept: "an earlier change could not be kept",
                    remedy: "begin again: what was acknowledged is there"
                )
            }
            do throws(DiskError) {
                try state.file.write(frame[...], at: state.end)
                try state.file.sync()
            } catch {
                state.isInDoubt = true
                throw ScriptError(notKept: "the change could not be kept: \(error)")
            }
            state.end += Int64(frame.count)
        }
    }
}

// MARK: Frames

extension RelationFile {
    private static let magic = Array("PRL1".utf8)
    private static let imageMagic = Array("PRL0".utf8)
    private static let headerByteCount = 16
    private static let pageByteCount = 4096

    private static func paged(_ count: Int) -> Int { (count + pageByteCount - 1) / pageByteCount * pageByteCount }

    private static func frame(of changes: TransactionChanges, _ magic: [UInt8]) -> [UInt8] {
        let content = changes.encoded
        var frame = magic
        frame.append(littleEndian: UInt32(0))
        frame.append(littleEndian: UInt64(content.count))
        frame += content
        frame += [UInt8](repeating: 0, count: paged(frame.count) - frame.count)
        frame.replace(at: 4, littleEndian: CRC32C.checksum(frame.raw.extracting(8..<frame.count)))
        return frame
    }

    /// The changes of every whole frame, and whether they are all of the file and one image.
    private static func frames(
        _ bytes: [UInt8]
    ) throws(RelationFileError) -> (kept: [TransactionChanges], isImage: Bool) {
        let span = bytes.raw
        var kept: [TransactionChanges] = []
        var place = 0
        while let (content, end) = frame(span, at: place) {
            guard let changes = TransactionChanges(span.extracting(content)) else {
                throw .damaged("what the frame at \(place) holds is not understood")
            }
            kept.append(changes)
            place = end
        }
        for later in stride(from: place + pageByteCount, to: bytes.count, by: pageByteCount)
        where frame(span, at: later) != nil {
            throw .damaged("the frame at \(place) is damaged, and not the last")
        }
        return (kept, kept.count == 1 && place == bytes.count && bytes.starts(with: imageMagic))
    }

    /// What the frame that begins at a place holds, and where it ends; nil when there is no whole one.
    private static func frame(_ bytes: borrowing RawSpan, at place: Int) -> (content: Range<Int>, end: Int)? {
        guard bytes.byteCount - place >= headerByteCount else { return nil }
        let found = bytes.extracting(place..<place + 4).copy
        guard found == magic || found == imageMagic && place == 0 else { return nil }
        let length = bytes.integer(at: place + 8, as: UInt64.self)
        guard length <= UInt64(bytes.byteCount - place - headerByteCount) else { return nil }
        let start = place + headerByteCount
        let end = place + paged(headerByteCount + Int(length))
        guard end <= bytes.byteCount else { return nil }
        let checksum = bytes.integer(at: place + 4, as: UInt32.self)
        guard CRC32C.checksum(bytes.extracting(place + 8..<end)) == checksum else { return nil }
        return (start..<start + Int(length), end)
    }
}

/// Why stored relations cannot be opened.
package enum RelationFileError: Error, Sendable, CustomStringConvertible {
    case disk(DiskError)
    case damaged(String)

    package var description: String {
        switch self {
        case .disk(let error): "\(error)"
        case .damaged(let reason): "the stored relations are damaged: \(reason)"
        }
    }
}
