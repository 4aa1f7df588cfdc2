internal import Basics

/// The changes after a position, in the order in which they came: what a crash would lose otherwise.
///
/// A file begins with a head of 32 bytes: `PRIMAVLG`, the version, the position before the first change, their
/// CRC-32C. Then come frames: the length of the body, a CRC-32C of all that follows it, the position of the last
/// change, and the body: the changes of one call, which are there together or not at all.
enum Journal {
    static let prefix = "journal-"
    static let newName = "journal.new"
    static let headBytes = 32
    private static let version = 1
    private static let frameBytes = 16

    static func name(_ position: UInt64) -> String {
        let digits = String(position)
        return prefix + String(repeating: "0", count: 20 - digits.utf8.count) + digits
    }

    static func position(of name: String) -> UInt64? {
        guard name.hasPrefix(prefix), name.utf8.count == prefix.utf8.count + 20 else { return nil }
        return UInt64(name.dropFirst(prefix.utf8.count))
    }

    static func head(_ position: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append("PRIMAVLG")
        bytes.append(littleEndian: UInt64(version))
        bytes.append(littleEndian: position)
        bytes.append(littleEndian: UInt64(Checksum.of(bytes.raw)))
        return bytes
    }

    static func frame(_ changes: [Change], through position: UInt64) -> [UInt8] {
        var writer = CBORWriter()
        writer.array(changes.count)
        for change in changes { writer.value(change.document) }
        var checked: [UInt8] = []
        checked.append(littleEndian: position)
        checked += writer.bytes
        var frame: [UInt8] = []
        frame.append(littleEndian: UInt32(writer.bytes.count))
        frame.append(littleEndian: Checksum.of(checked.raw))
        return frame + checked
    }

    /// What a file holds: whole frames, and whether anything stands behind them.
    struct Content {
        var frames: [(position: UInt64, changes: [Change])] = []
        /// Where the last whole frame ends; 0 when not even the head is whole.
        var wholeBytes = 0
        var isTorn = false
    }

    static func read(_ file: any MappedBytes, name: String, shape: CollectionShape) throws(StoreFault) -> Content {
        guard let start = position(of: name) else { throw .damaged(name: name) }
        let read = file.withBytes { bytes in
            Result { () throws(StoreFault) in try content(bytes, start, name, shape) }
        }
        return try read.get()
    }

    private static func content(
        _ bytes: borrowing RawSpan,
        _ start: UInt64,
        _ name: String,
        _ shape: CollectionShape
    ) throws(StoreFault) -> Content {
        var content = Content()
        guard bytes.byteCount >= headBytes, bytes.extracting(0..<headBytes).copy == head(start) else {
            content.isTorn = true
            return content
        }
        content.wholeBytes = headBytes
        var position = start
        while content.wholeBytes < bytes.byteCount {
            let at = content.wholeBytes
            guard let body = frameBody(bytes, at: at) else {
                content.isTorn = true
                return content
            }
            // The checksum holds: what does not fit now was written so.
            let last = bytes.integer(at: at + 8, as: UInt64.self)
            var reader = CBORReader(bytes.extracting(body))
            guard case .array(let listed)? = try? reader.value(), last == position + UInt64(listed.count) else {
                throw .damaged(name: name)
            }
            var changes: [Change] = []
            for document in listed {
                guard let change = Change(document, shape: shape) else { throw .damaged(name: name) }
                changes.append(change)
            }
            content.frames.append((last, changes))
            position = last
            content.wholeBytes = body.upperBound
        }
        return content
    }

    /// Where the body of the frame stands that begins at a byte; nil when it is not whole.
    private static func frameBody(_ bytes: borrowing RawSpan, at start: Int) -> Range<Int>? {
        guard start + frameBytes <= bytes.byteCount else { return nil }
        let length = Int(bytes.integer(at: start, as: UInt32.self))
        guard length > 0, length <= bytes.byteCount - start - frameBytes else { return nil }
        let checked = bytes.extracting(start + 8..<start + frameBytes + length)
        guard Checksum.of(checked) == bytes.integer(at: start + 4, as: UInt32.self) else { return nil }
        return start + frameBytes..<start + frameBytes + length
    }
}
