/// A growing column of codes.
///
/// The joins run over these, billions of times: the checked array costs a third of the time (see the benchmarks). The
/// subscript checks its bounds; the pointer is for the kernels of this folder, which stay below `count` by
/// construction. Whoever shares a buffer between threads does not change it any more.
@safe final class CodeBuffer: @unchecked Sendable {
    private(set) var base: UnsafeMutablePointer<Code>
    private(set) var capacity: Int
    private(set) var count: Int

    init(capacity: Int = 0) {
        self.capacity = max(capacity, 16)
        unsafe base = .allocate(capacity: self.capacity)
        count = 0
    }

    /// A buffer of so many codes, all of them `code`.
    init(repeating code: Code, count: Int) {
        capacity = max(count, 16)
        unsafe base = .allocate(capacity: capacity)
        unsafe base.update(repeating: code, count: count)
        self.count = count
    }

    convenience init(_ codes: some Collection<Code>) {
        self.init(capacity: codes.count)
        for code in codes { append(code) }
    }

    deinit { unsafe base.deallocate() }

    subscript(index: Int) -> Code {
        get {
            precondition(index >= 0 && index < count, "a row of this column")
            return unsafe base[index]
        }
        set {
            precondition(index >= 0 && index < count, "a row of this column")
            unsafe base[index] = newValue
        }
    }

    @inline(__always)
    func append(_ code: Code) {
        if count == capacity { grow(to: count + 1) }
        unsafe base[count] = code
        count &+= 1
    }

    func append(_ other: CodeBuffer, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= other.count, "rows of the other column")
        reserve(count + range.count)
        unsafe (base + count).update(from: other.base + range.lowerBound, count: range.count)
        count += range.count
    }

    func append(_ code: Code, times: Int) {
        reserve(count + times)
        unsafe (base + count).update(repeating: code, count: times)
        count += times
    }

    /// Makes room for so many codes in all.
    func reserve(_ needed: Int) {
        if needed > capacity { grow(to: needed) }
    }

    /// Says how many codes there are; new ones hold whatever the kernel wrote there.
    func resize(to count: Int) {
        reserve(count)
        self.count = count
    }

    func removeAll() { count = 0 }

    private func grow(to needed: Int) {
        let larger = max(needed, capacity * 2)
        let moved = UnsafeMutablePointer<Code>.allocate(capacity: larger)
        unsafe moved.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = moved
        capacity = larger
    }

    /// Puts some of the codes into their order.
    func sort(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "rows of this column")
        var codes = unsafe UnsafeMutableBufferPointer(start: base + range.lowerBound, count: range.count)
        var isSorted = true
        for place in 1..<max(codes.count, 1) where unsafe codes[place - 1] > codes[place] {
            isSorted = false
            break
        }
        if !isSorted { unsafe codes.sort() }
    }

    /// The smallest and the largest code; nil when there is none.
    func bounds() -> ClosedRange<Code>? {
        guard count > 0 else { return nil }
        var low = unsafe base[0]
        var high = low
        for index in 1..<max(count, 1) {
            let code = unsafe base[index]
            low = min(low, code)
            high = max(high, code)
        }
        return low...high
    }

    var array: [Code] { (0..<count).map { unsafe base[$0] } }
}
