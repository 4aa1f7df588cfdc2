internal import Basics

/// Values by number, each as its bytes (deterministic CBOR): made here, or standing in a mapped file.
struct ValueColumn: Sendable {
    /// Where each value begins; one more at the end.
    private let starts: Packed<UInt64>
    private let bytes: Packed<UInt8>

    var count: Int { starts.count - 1 }

    /// Gathers values.
    struct Builder: Sendable {
        private var starts: [UInt64] = [0]
        private var writer = CBORWriter()

        var count: Int { starts.count - 1 }

        mutating func append(_ value: Value) {
            writer.value(value)
            starts.append(UInt64(writer.bytes.count))
        }

        mutating func append(encoded value: borrowing RawSpan) {
            writer.bytes.append(value)
            starts.append(UInt64(writer.bytes.count))
        }

        consuming func finished() -> ValueColumn {
            ValueColumn(starts: Packed(starts), bytes: Packed(writer.bytes))
        }
    }

    private init(starts: Packed<UInt64>, bytes: Packed<UInt8>) {
        self.starts = starts
        self.bytes = bytes
    }

    init(_ values: some Sequence<Value>) {
        var builder = Builder()
        for value in values { builder.append(value) }
        self = builder.finished()
    }

    /// A value; null where a damaged file has none.
    subscript(number: Int) -> Value {
        var reader = CBORReader(encoded(number))
        return (try? reader.value()) ?? .null
    }

    /// The bytes of a value; none where a damaged file says nonsense.
    @_lifetime(borrow self)
    func encoded(_ number: Int) -> RawSpan {
        let (from, to) = (starts[number], starts[number + 1])
        let isSound = from <= to && to <= UInt64(bytes.count)
        return bytes.bytes(isSound ? Int(from)..<Int(to) : 0..<0)
    }

    /// Where a value stands among values that are sorted by their bytes; nil when it is none of them.
    func place(of value: Value) -> Int? {
        var writer = CBORWriter()
        writer.value(value)
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            let order = encoded(middle).order(writer.bytes.raw)
            if order == 0 { return middle }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}

extension ValueColumn {
    func write<Failure: Error>(_ name: String, to writer: inout SegmentWriter<Failure>) throws(Failure) {
        try writer.part(name + "/starts", starts.bytes)
        try writer.part(name + "/bytes", bytes.bytes)
    }

    /// `count` values, or as many as there are.
    init(_ name: String, _ reader: SegmentReader, count: Int? = nil) throws(SegmentFault) {
        starts = Packed(try reader.block(name + "/starts", atLeast: 8))
        bytes = Packed(try reader.block(name + "/bytes", atLeast: 0))
        guard count.map({ $0 == starts.count - 1 }) ?? true else { throw .contradictory(name) }
    }
}
