/// A set of pairs whose codes lie in two known windows: a row of seconds per first.
///
/// A row begins as a small open-addressed set and becomes a bitmap as soon as that is no larger. So a closure over few
/// nodes is a matrix of bits, and a sparse one over many stays small.
@safe final class PairSet {
    private let firsts: CodeWindow
    private let seconds: CodeWindow
    private let rows: UnsafeMutablePointer<Row>
    /// 64-bit words in a bitmap.
    private let bitmapWords: Int
    /// Freed small sets, by class.
    private var free: [[UnsafeMutableRawPointer]]
    private var slabs: [UnsafeMutableRawPointer]
    private var slabUsed = 0
    private var slabSize = 0
    private(set) var bytes = 0
    private(set) var count = 0

    @unsafe private struct Row {
        var memory: UnsafeMutableRawPointer?
        var count: UInt32
        /// 0: nothing yet; 1…30: a set of 2^(class+1) places; 31: a bitmap.
        var size: UInt32
    }

    private static let bitmap: UInt32 = 31
    private static let emptyPlace: UInt32 = .max

    init(firsts: CodeWindow, seconds: CodeWindow) {
        self.firsts = firsts
        self.seconds = seconds
        bitmapWords = (seconds.count + 63) / 64
        unsafe rows = .allocate(capacity: max(firsts.count, 1))
        unsafe rows.initialize(repeating: Row(memory: nil, count: 0, size: 0), count: max(firsts.count, 1))
        unsafe slabs = []
        unsafe free = Array(repeating: [], count: 31)
        bytes = unsafe firsts.count * MemoryLayout<Row>.stride
    }

    deinit {
        unsafe rows.deallocate()
        for index in unsafe slabs.indices { unsafe slabs[index].deallocate() }
    }

    /// True when the pair was not there.
    @inline(__always)
    func insert(_ first: Code, _ second: Code) -> Bool {
        precondition(firsts.contains(first) && seconds.contains(second), "codes of the windows")
        let row = unsafe rows + Int(first &- firsts.low)
        return unsafe insert(into: row, second &- seconds.low)
    }

    func contains(_ first: Code, _ second: Code) -> Bool {
        guard firsts.contains(first), seconds.contains(second) else { return false }
        let row = unsafe rows[Int(first &- firsts.low)]
        guard let memory = unsafe row.memory else { return false }
        let offset = second &- seconds.low
        if unsafe row.size == Self.bitmap {
            let words = unsafe memory.assumingMemoryBound(to: UInt64.self)
            return unsafe words[Int(offset >> 6)] >> UInt64(offset & 63) & 1 == 1
        }
        let places = unsafe memory.assumingMemoryBound(to: UInt32.self)
        let mask = unsafe (UInt32(1) << (row.size + 1)) &- 1
        var place = Self.start(offset) & mask
        while unsafe places[Int(place)] != Self.emptyPlace {
            if unsafe places[Int(place)] == offset { return true }
            place = (place &+ 1) & mask
        }
        return false
    }

    /// Adds each first with the seconds of its run; the pairs that are new go to the buffers.
    func insert(
        _ firsts: CodeBuffer,
        runs: CodeBuffer,
        starts: CodeBuffer,
        ends: CodeBuffer,
        newFirsts: CodeBuffer,
        newSeconds: CodeBuffer
    ) {
        let codes = unsafe firsts.base
        let run = unsafe runs.base
        let window = seconds
        for place in 0..<starts.count {
            let start = unsafe Int(starts.base[place])
            let end = unsafe Int(ends.base[place])
            guard start < end else { continue }
            let first = unsafe codes[place]
            precondition(self.firsts.contains(first), "a code of the window")
            let row = unsafe rows + Int(first &- self.firsts.low)
            newFirsts.reserve(newFirsts.count + end - start)
            newSeconds.reserve(newSeconds.count + end - start)
            let outFirsts = unsafe newFirsts.base
            let outSeconds = unsafe newSeconds.base
            var filled = newFirsts.count
            for index in start..<end {
                let second = unsafe run[index]
                precondition(window.contains(second), "a code of the window")
                if unsafe insert(into: row, second &- window.low) {
                    unsafe outFirsts[filled] = first
                    unsafe outSeconds[filled] = second
                    filled &+= 1
                }
            }
            newFirsts.resize(to: filled)
            newSeconds.resize(to: filled)
        }
    }

    @inline(__always)
    private func insert(into row: UnsafeMutablePointer<Row>, _ offset: UInt32) -> Bool {
        guard unsafe row.pointee.size == Self.bitmap, let memory = unsafe row.pointee.memory else {
            return unsafe insertSmall(into: row, offset)
        }
        let words = unsafe memory.assumingMemoryBound(to: UInt64.self)
        let word = unsafe words[Int(offset >> 6)]
        let bit = UInt64(1) << UInt64(offset & 63)
        guard word & bit == 0 else { return false }
        unsafe words[Int(offset >> 6)] = word | bit
        count &+= 1
        return true
    }

    private func insertSmall(into row: UnsafeMutablePointer<Row>, _ offset: UInt32) -> Bool {
        if unsafe row.pointee.size == 0 {
            unsafe start(row)
            return unsafe insert(into: row, offset)
        }
        guard let memory = unsafe row.pointee.memory else { preconditionFailure("a row with a size has memory") }
        let places = unsafe memory.assumingMemoryBound(to: UInt32.self)
        let capacity = unsafe UInt32(1) << (row.pointee.size + 1)
        let mask = capacity &- 1
        var place = Self.start(offset) & mask
        while true {
            let held = unsafe places[Int(place)]
            if held == offset { return false }
            if held == Self.emptyPlace { break }
            place = (place &+ 1) & mask
        }
        if unsafe (row.pointee.count &+ 1) &* 4 > capacity &* 3 {
            unsafe enlarge(row)
            return unsafe insert(into: row, offset)
        }
        unsafe places[Int(place)] = offset
        unsafe row.pointee.count &+= 1
        count &+= 1
        return true
    }

    @inline(__always)
    private static func start(_ offset: UInt32) -> UInt32 { (offset &* 0x9E37_79B1) >> 7 }

    private func start(_ row: UnsafeMutablePointer<Row>) {
        if bitmapWords <= 4 {
            unsafe row.pointee.memory = makeBitmap()
            unsafe row.pointee.size = Self.bitmap
        } else {
            unsafe row.pointee.memory = makeSmall(1)
            unsafe row.pointee.size = 1
        }
    }

    private func enlarge(_ row: UnsafeMutablePointer<Row>) {
        let size = unsafe row.pointee.size
        guard let old = unsafe row.pointee.memory else { return }
        let places = unsafe old.assumingMemoryBound(to: UInt32.self)
        let capacity = 1 << Int(size + 1)
        let becomesBitmap = capacity * 2 * 4 >= bitmapWords * 8
        let memory = unsafe becomesBitmap ? makeBitmap() : makeSmall(size + 1)
        if becomesBitmap {
            let words = unsafe memory.assumingMemoryBound(to: UInt64.self)
            for index in 0..<capacity where unsafe places[index] != Self.emptyPlace {
                let offset = unsafe places[index]
                unsafe words[Int(offset >> 6)] |= UInt64(1) << UInt64(offset & 63)
            }
        } else {
            let target = unsafe memory.assumingMemoryBound(to: UInt32.self)
            let mask = UInt32(capacity * 2 - 1)
            for index in 0..<capacity where unsafe places[index] != Self.emptyPlace {
                let offset = unsafe places[index]
                var place = Self.start(offset) & mask
                while unsafe target[Int(place)] != Self.emptyPlace { place = (place &+ 1) & mask }
                unsafe target[Int(place)] = offset
            }
        }
        unsafe free[Int(size)].append(old)
        unsafe row.pointee.memory = memory
        unsafe row.pointee.size = becomesBitmap ? Self.bitmap : size + 1
    }

    private func makeBitmap() -> UnsafeMutableRawPointer {
        let memory = unsafe allocate(bitmapWords * 8)
        unsafe memory.initializeMemory(as: UInt64.self, repeating: 0, count: bitmapWords)
        return unsafe memory
    }

    private func makeSmall(_ size: UInt32) -> UnsafeMutableRawPointer {
        let capacity = 1 << Int(size + 1)
        let memory = unsafe free[Int(size)].popLast() ?? allocate(capacity * 4)
        unsafe memory.initializeMemory(as: UInt32.self, repeating: Self.emptyPlace, count: capacity)
        return unsafe memory
    }

    /// Memory that lives as long as the set.
    private func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        if slabUsed + size > slabSize {
            slabSize = max(size, min(1 << 20, max(1 << 14, bytes)))
            unsafe slabs.append(.allocate(byteCount: slabSize, alignment: 16))
            bytes += slabSize
            slabUsed = 0
        }
        let memory = unsafe slabs[slabs.count - 1] + slabUsed
        slabUsed += (size + 15) & ~15
        return unsafe memory
    }
}

/// The codes from `low` on, so many of them.
struct CodeWindow: Hashable {
    let low: Code
    let count: Int

    init(low: Code, count: Int) {
        self.low = low
        self.count = count
    }

    init(_ bounds: ClosedRange<Code>) {
        low = bounds.lowerBound
        count = Int(bounds.upperBound - bounds.lowerBound) + 1
    }

    @inline(__always)
    func contains(_ code: Code) -> Bool { code >= low && Int(code &- low) < count }

    func union(_ other: CodeWindow) -> CodeWindow {
        let low = min(low, other.low)
        let end = max(Int(self.low) + count, Int(other.low) + other.count)
        return CodeWindow(low: low, count: end - Int(low))
    }
}
