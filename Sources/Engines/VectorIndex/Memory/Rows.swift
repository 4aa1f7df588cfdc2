internal import Basics

/// Rows of numbers, all of one length, each filled up with zeros to whole lines of the cache.
///
/// A row is known by its number. Rows are added and replaced by one thread while no other reads.
package final class Rows: Sendable {
    /// What stands in a row.
    package enum Element: Sendable, Hashable {
        case float
        /// Signed bytes.
        case byte
        /// Eight bits a byte, lowest first.
        case bit

        func byteCount(_ count: Int) -> Int {
            switch self {
            case .float: count * 4
            case .byte: count
            case .bit: (count + 7) / 8
            }
        }
    }

    package let element: Element
    /// How many elements a row has.
    package let dimension: Int
    /// How many bytes lie between the beginnings of two rows.
    package let stride: Int
    private let contentBytes: Int
    let block: Block

    package init(_ element: Element, dimension: Int, capacity: Int = 0) {
        self.element = element
        self.dimension = dimension
        contentBytes = element.byteCount(dimension)
        stride = Swift.max(64, (contentBytes + 63) / 64 * 64)
        block = Block(byteCount: capacity * stride)
    }

    /// Rows that lie in a block already.
    init(_ element: Element, dimension: Int, in block: Block) {
        self.element = element
        self.dimension = dimension
        contentBytes = element.byteCount(dimension)
        stride = Swift.max(64, (contentBytes + 63) / 64 * 64)
        self.block = block
    }

    /// How many elements of a row, with its filling, kernels count; bits they count in bytes.
    var extent: Int { element == .float ? stride / 4 : stride }

    package func reserve(_ count: Int) { block.reserve(count * stride) }

    /// Puts a row in its place.
    package func set(_ number: Int, to row: borrowing RawSpan) {
        precondition(row.byteCount == contentBytes, "a row has the length of all")
        block.reserve((number + 1) * stride)
        block.write(row, at: number * stride)
    }

    /// Takes the first rows of others of the same kind.
    func copy(_ other: Rows, count: Int) {
        precondition(other.stride == stride, "rows of the same kind")
        block.reserve(count * stride)
        let source = other.block
        block.write(source.raw.extracting(0..<count * stride), at: 0)
    }

    package func set(_ number: Int, to values: [Float]) {
        precondition(element == .float, "numbers go into rows of numbers")
        set(number, to: values.raw)
    }

    /// What stands in a row, without its filling.
    package func floats(_ number: Int) -> [Float] {
        precondition(element == .float, "numbers come from rows of numbers")
        return block.floats(at: number * stride, count: dimension)
    }

    /// A query as a row: filled up as they are.
    package func padded(_ values: borrowing RawSpan) -> [UInt8] {
        precondition(values.byteCount == contentBytes, "a query has the length of a row")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(stride)
        bytes.append(values)
        bytes.append(contentsOf: repeatElement(0, count: stride - contentBytes))
        return bytes
    }

    package func padded(_ values: [Float]) -> [UInt8] { padded(values.raw) }

    /// A row with its filling.
    package func padded(_ number: Int) -> [UInt8] {
        block.copy(number * stride..<(number + 1) * stride)
    }
}
