/// Builds canonical CBOR out of values that arrive in any order: it sorts each map and finds keys that are given twice.
///
/// What reads a document (JSON, or CBOR of any form) drives it: `openMap`, then for each entry `beginEntry`, the key,
/// `endKey`, the value; `openArray`, then `beginElement` and a value; `close`. Scalars go to `writer`.
///
/// It never stops early, since a document is to be read to its end before anything else is said about it; but a
/// container that is too deep or too large gives way to a marker as it closes, so that time and memory stay linear. What
/// no JSON can say is written as it came, or as a marker. Each is flagged in `faults`: whoever uses the bytes looks
/// there first.
package struct CBORAssembler {
    /// What was met that a canonical document cannot have.
    package struct Faults: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let tooDeep = Faults(rawValue: 1)
        package static let tooLarge = Faults(rawValue: 2)
        /// Byte strings.
        package static let bytes = Faults(rawValue: 4)
        /// NaN, infinities, integers that no double holds, simple values: never part of a document.
        package static let foreign = Faults(rawValue: 8)
    }

    /// What stands in for content that was dropped: simple values that no input can produce.
    package enum Marker: UInt8, Sendable {
        case tooDeep = 0xE1
        case tooLarge, simple, beyondDouble, notFinite
    }

    package struct DuplicateKey: Error {
        /// Where in the input the second one stands.
        package let offset: Int
    }

    private struct Frame {
        var start: Int
        var firstEntry: Int
        var count: Int
        var isMap: Bool
    }

    private struct Entry {
        var start: Int
        var valueStart: Int
        var end: Int
        var inputOffset: Int
    }

    package var writer = CBORWriter()
    package private(set) var faults: Faults = []
    private var frames: [Frame] = []
    private var entries: [Entry] = []
    private var scratch: [UInt8] = []
    private let maximumDepth: Int
    private let maximumBytes: Int

    /// Keeps what nests at most `maximumDepth` deep; containers inside the outermost one hold `maximumBytes` each.
    package init(maximumDepth: Int = Limits.documentDepth, maximumBytes: Int = .max) {
        self.maximumDepth = maximumDepth
        self.maximumBytes = maximumBytes
    }

    /// Forgets everything, but keeps the memory.
    package mutating func reset() {
        writer.bytes.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        faults = []
    }

    /// How many containers are open.
    package var depth: Int { frames.count }

    /// Whether the innermost open container is a map.
    package var isInMap: Bool { frames.last?.isMap ?? false }

    /// Opens a map; false when that is deeper than anything is read.
    package mutating func openMap() -> Bool { open(isMap: true) }

    /// Opens an array; false when that is deeper than anything is read.
    package mutating func openArray() -> Bool { open(isMap: false) }

    /// Announces an element of the open array.
    package mutating func beginElement() { frames[frames.count - 1].count += 1 }

    /// Announces an entry of the open map, whose key stands at `inputOffset`.
    package mutating func beginEntry(at inputOffset: Int) {
        let start = writer.bytes.count
        endEntry(at: start)
        frames[frames.count - 1].count += 1
        entries.append(Entry(start: start, valueStart: start, end: start, inputOffset: inputOffset))
    }

    /// Says that the key of the entry is written.
    package mutating func endKey() { entries[entries.count - 1].valueStart = writer.bytes.count }

    /// Notes something that is written but is no part of a canonical document.
    package mutating func note(_ fault: Faults) { faults.insert(fault) }

    /// Writes a marker for something that canonical form has no place for, and notes it.
    package mutating func foreign(_ marker: Marker) {
        writer.bytes.append(marker.rawValue)
        faults.insert(.foreign)
    }

    /// Closes the innermost container.
    package mutating func close() throws(DuplicateKey) {
        endEntry(at: writer.bytes.count)
        guard let frame = frames.popLast() else { preconditionFailure("every close follows an open") }
        if frame.isMap { try sort(frame) }
        entries.removeLast(entries.count - frame.firstEntry)
        if frames.count >= maximumDepth {
            faults.insert(.tooDeep)
            replace(from: frame.start, by: .tooDeep)
        } else if !frames.isEmpty, writer.bytes.count - frame.start > maximumBytes {
            faults.insert(.tooLarge)
            replace(from: frame.start, by: .tooLarge)
        } else {
            writeHead(of: frame)
        }
    }

    // MARK: Parts

    private mutating func open(isMap: Bool) -> Bool {
        guard frames.count < Limits.readableDepth else { return false }
        frames.append(
            Frame(start: writer.bytes.count, firstEntry: entries.count, count: 0, isMap: isMap)
        )
        // One byte is enough for the head of most containers; `writeHead` makes room for more.
        writer.bytes.append(0)
        return true
    }

    private mutating func endEntry(at end: Int) {
        guard let frame = frames.last, frame.isMap, entries.count > frame.firstEntry else { return }
        entries[entries.count - 1].end = end
    }

    private mutating func replace(from start: Int, by marker: Marker) {
        writer.bytes.removeLast(writer.bytes.count - start)
        writer.bytes.append(marker.rawValue)
    }

    private mutating func writeHead(of frame: Frame) {
        let major: UInt8 = frame.isMap ? 0xA0 : 0x80
        if frame.count < 24 {
            writer.bytes[frame.start] = major | UInt8(frame.count)
            return
        }
        var head = CBORWriter()
        head.head(major, UInt64(frame.count))
        writer.bytes.replaceSubrange(frame.start...frame.start, with: head.bytes)
    }

    /// Puts the entries of a map in the order of their keys, unless they are.
    private mutating func sort(_ frame: Frame) throws(DuplicateKey) {
        let range = frame.firstEntry..<entries.count
        var isSorted = true
        for index in range.dropFirst() {
            let order = order(entries[index - 1], entries[index])
            if order == 0 { throw DuplicateKey(offset: entries[index].inputOffset) }
            if order > 0 { isSorted = false }
        }
        if isSorted { return }
        let sorted = entries[range].sorted { order($0, $1) < 0 }
        for (one, next) in zip(sorted, sorted.dropFirst()) where order(one, next) == 0 {
            throw DuplicateKey(offset: max(one.inputOffset, next.inputOffset))
        }
        scratch.removeAll(keepingCapacity: true)
        for entry in sorted { scratch.append(contentsOf: writer.bytes[entry.start..<entry.end]) }
        writer.bytes.removeLast(scratch.count)
        writer.bytes.append(contentsOf: scratch)
    }

    /// How two keys compare, as encoded.
    private func order(_ one: Entry, _ other: Entry) -> Int {
        let lengths = (one.valueStart - one.start) - (other.valueStart - other.start)
        if lengths != 0 { return lengths }
        let content = writer.bytes.raw
        return content.extracting(one.start..<one.valueStart)
            .order(content.extracting(other.start..<other.valueStart))
    }
}
