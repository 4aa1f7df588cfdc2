/// Builds canonical CBOR out of values that arrive in any order: it sorts each map and finds keys that are given twice.
///
/// What reads a document (JSON, or CBOR of any form) drives it: `openMap`, then for each entry `key` and a value;
/// `openArray`, then for each element `beginElement` and a value; `close`. Scalars go to `writer`.
///
/// It never stops early, since a document is to be read to its end before anything else is said about it; but a
/// container that is too deep or too large gives way to a marker as it closes, so that time and memory stay linear.
/// What no JSON can say is written as it came, or as a marker. Each is flagged in `faults`: whoever uses the bytes
/// looks there first. Input is shorter than 4 GiB.
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

    /// An entry of an open map; 32 bits hold any place in a request.
    private struct Entry {
        var start: UInt32
        var valueStart: UInt32
        /// Known only when it is needed, to sort.
        var end: UInt32
        var inputOffset: UInt32
        /// The length of the key and its first six bytes: nearly always all that has to be compared.
        var rank: UInt64
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

    /// Begins an entry of the open map: writes its key, which stands at `inputOffset` and is well-formed UTF-8.
    package mutating func key(utf8 key: borrowing RawSpan, at inputOffset: Int) {
        let length = key.byteCount
        var rank = UInt64(min(length, 0xFFFF)) << 48
        for place in 0..<(length < 0xFFFF ? min(6, length) : 0) {
            rank |= UInt64(key.byte(at: place)) &<< UInt64(40 &- 8 &* place)
        }
        let start = UInt32(writer.bytes.count)
        frames[frames.count - 1].count += 1
        writer.text(utf8: key)
        entries.append(
            Entry(
                start: start,
                valueStart: UInt32(writer.bytes.count),
                end: 0,
                inputOffset: UInt32(inputOffset),
                rank: rank
            )
        )
    }

    /// Notes something that is written but is no part of a canonical document.
    package mutating func note(_ fault: Faults) { faults.insert(fault) }

    /// Writes a marker for something that canonical form has no place for, and notes it.
    package mutating func foreign(_ marker: Marker) {
        writer.bytes.append(marker.rawValue)
        faults.insert(.foreign)
    }

    /// Closes the innermost container.
    package mutating func close() throws(DuplicateKey) {
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
        let first = frame.firstEntry
        var isSorted = true
        for index in entries.indices.dropFirst(first + 1) where !isBefore(entries[index - 1], entries[index]) {
            isSorted = false
            break
        }
        if isSorted { return }
        let start = Int(entries[first].start)
        // As long as they stand in the order of the input, each entry ends where the next one starts.
        var end = UInt32(writer.bytes.count)
        for index in entries.indices.dropFirst(first).reversed() {
            entries[index].end = end
            end = entries[index].start
        }
        if entries.count - first <= 24 {
            insertionSort(from: first)
        } else {
            let sorted = entries[first...].sorted { isBefore($0, $1) }
            entries.replaceSubrange(first..., with: sorted)
        }
        for index in entries.indices.dropFirst(first + 1) where !isBefore(entries[index - 1], entries[index]) {
            throw DuplicateKey(offset: Int(max(entries[index - 1].inputOffset, entries[index].inputOffset)))
        }
        var sorted: [UInt8] = []
        swap(&sorted, &scratch)
        sorted.removeAll(keepingCapacity: true)
        gather(from: first, into: &sorted)
        writer.bytes.replace(from: start, with: sorted.raw)
        swap(&sorted, &scratch)
    }

    /// Copies entries in their present order.
    private func gather(from first: Int, into out: inout [UInt8]) {
        for index in first..<entries.count {
            out.append(writer.bytes.raw.extracting(Int(entries[index].start)..<Int(entries[index].end)))
        }
    }

    private mutating func insertionSort(from first: Int) {
        for index in entries.indices.dropFirst(first + 1) {
            let entry = entries[index]
            var place = index
            while place > first, isBefore(entry, entries[place - 1]) {
                entries[place] = entries[place - 1]
                place -= 1
            }
            entries[place] = entry
        }
    }

    /// Whether one key comes before another, as encoded; false for the same key.
    @inline(__always)
    private func isBefore(_ one: Entry, _ other: Entry) -> Bool {
        one.rank != other.rank ? one.rank < other.rank : isBeforeInFull(one, other)
    }

    private func isBeforeInFull(_ one: Entry, _ other: Entry) -> Bool {
        let content = writer.bytes.raw
        let key = content.extracting(Int(one.start)..<Int(one.valueStart))
        let otherKey = content.extracting(Int(other.start)..<Int(other.valueStart))
        return key.byteCount == otherKey.byteCount ? key.order(otherKey) < 0 : key.byteCount < otherKey.byteCount
    }
}
