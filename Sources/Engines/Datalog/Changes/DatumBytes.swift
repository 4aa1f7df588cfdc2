internal import Basics

/// Values as bytes, to be kept: a tag, then what it needs, integers with their least byte first.
struct DatumWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    mutating func count(_ count: Int) { bytes.append(littleEndian: UInt32(count)) }

    mutating func text(_ text: String) {
        count(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func rows(_ rows: [[Datum]]) {
        bytes.append(littleEndian: UInt64(rows.count))
        for row in rows {
            count(row.count)
            for value in row { self.value(value) }
        }
    }

    mutating func value(_ value: Datum) {
        switch value {
        case .null: byte(0)
        case .bool(let bool): byte(bool ? 2 : 1)
        case .int(let number):
            byte(3)
            bytes.append(littleEndian: number)
        case .float(let number):
            byte(4)
            bytes.append(littleEndian: number.bitPattern)
        case .text(let text):
            byte(5)
            self.text(text)
        case .bytes(let content):
            byte(6)
            count(content.count)
            bytes.append(contentsOf: content)
        case .uuid(let id):
            byte(7)
            bytes.append(littleEndian: id.high)
            bytes.append(littleEndian: id.low)
        case .regex(let pattern):
            byte(8)
            text(pattern.source)
        case .list(let elements): list(9, elements)
        case .set(let elements): list(10, elements)
        case .vector(.float(let elements)):
            byte(11)
            count(elements.count)
            for element in elements { bytes.append(littleEndian: element.bitPattern) }
        case .vector(.double(let elements)):
            byte(12)
            count(elements.count)
            for element in elements { bytes.append(littleEndian: element.bitPattern) }
        case .json(let tree):
            byte(13)
            text(tree.description)
        case .validity(let validity):
            byte(validity.isAssertion ? 15 : 14)
            bytes.append(littleEndian: validity.moment)
        case .bottom: byte(16)
        }
    }

    private mutating func list(_ tag: UInt8, _ elements: [Datum]) {
        byte(tag)
        count(elements.count)
        for element in elements { value(element) }
    }
}

/// Reads what `DatumWriter` wrote; nil for anything else.
struct DatumReader: ~Escapable {
    private let bytes: RawSpan
    private var place = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    var isAtEnd: Bool { place == bytes.byteCount }

    private mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(_ type: Integer.Type) -> Integer? {
        guard bytes.byteCount - place >= MemoryLayout<Integer>.size else { return nil }
        defer { place += MemoryLayout<Integer>.size }
        return bytes.integer(at: place)
    }

    mutating func byte() -> UInt8? { integer(UInt8.self) }

    /// A count of things that take a byte or more each.
    mutating func count() -> Int? {
        guard let count = integer(UInt32.self), Int(count) <= bytes.byteCount - place else { return nil }
        return Int(count)
    }

    private mutating func content() -> [UInt8]? {
        guard let count = count() else { return nil }
        defer { place += count }
        return bytes.extracting(place..<place + count).copy
    }

    mutating func text() -> String? {
        guard let content = content() else { return nil }
        return String(validating: content, as: UTF8.self)
    }

    mutating func rows() -> [[Datum]]? {
        guard let count = integer(UInt64.self), count <= UInt64(bytes.byteCount - place) else { return nil }
        var rows: [[Datum]] = []
        rows.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let width = self.count() else { return nil }
            var row: [Datum] = []
            row.reserveCapacity(width)
            for _ in 0..<width {
                guard let value = value(depth: 0) else { return nil }
                row.append(value)
            }
            rows.append(row)
        }
        return rows
    }

    private mutating func value(depth: Int) -> Datum? {
        guard depth < 512, let tag = byte() else { return nil }
        switch tag {
        case 0: return .null
        case 1, 2: return .bool(tag == 2)
        case 3: return integer(Int64.self).map { .int($0) }
        case 4: return integer(UInt64.self).map { .float(Double(bitPattern: $0)) }
        case 5: return text().map { .text($0) }
        case 6: return content().map { .bytes($0) }
        case 7:
            guard let high = integer(UInt64.self), let low = integer(UInt64.self) else { return nil }
            return .uuid(UniqueID(high: high, low: low))
        case 8: return text().flatMap { try? Pattern($0) }.map { .regex($0) }
        case 9: return list(depth).map { .list($0) }
        case 10: return list(depth).map { .set($0) }
        case 11: return numbers(UInt32.self).map { .vector(.float($0.map(Float.init(bitPattern:)))) }
        case 12: return numbers(UInt64.self).map { .vector(.double($0.map(Double.init(bitPattern:)))) }
        case 13: return text().flatMap { JSONTree(parsing: $0) }.map { .json($0) }
        case 14, 15:
            return integer(Int64.self).map { .validity(Validity(moment: $0, isAssertion: tag == 15)) }
        case 16: return .bottom
        default: return nil
        }
    }

    private mutating func list(_ depth: Int) -> [Datum]? {
        guard let count = count() else { return nil }
        var elements: [Datum] = []
        for _ in 0..<count {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
        }
        return elements
    }

    private mutating func numbers<Bits: FixedWidthInteger & BitwiseCopyable>(_ type: Bits.Type) -> [Bits]? {
        guard let count = count() else { return nil }
        var numbers: [Bits] = []
        for _ in 0..<count {
            guard let number = integer(Bits.self) else { return nil }
            numbers.append(number)
        }
        return numbers
    }
}

extension TransactionChanges {
    /// The changes as bytes.
    package var encoded: [UInt8] {
        var writer = DatumWriter()
        writer.count(relations.count)
        for relation in relations {
            writer.text(relation.name)
            writer.byte(relation.fate.rawValue)
            writer.byte(relation.definition == nil ? 0 : 1)
            if let definition = relation.definition { writer.text(definition) }
            writer.rows(relation.removed)
            writer.rows(relation.added)
        }
        return writer.bytes
    }

    /// Reads changes; nil when the bytes are none.
    package init?(_ bytes: RawSpan) {
        var reader = DatumReader(bytes)
        guard let count = reader.count() else { return nil }
        relations = []
        for _ in 0..<count {
            guard let name = reader.text(), let fate = reader.byte().flatMap(RelationChange.Fate.init),
                let isDefined = reader.byte()
            else { return nil }
            var definition: String?
            if isDefined == 1 {
                guard let text = reader.text() else { return nil }
                definition = text
            }
            guard let removed = reader.rows(), let added = reader.rows() else { return nil }
            relations.append(
                RelationChange(name: name, fate: fate, definition: definition, removed: removed, added: added)
            )
        }
        guard reader.isAtEnd else { return nil }
    }
}
