internal import Basics
internal import CKernels

/// Hypervectors that are known: which of them is nearest to a noisy one, exactly.
///
/// A search reads every item once, for up to sixteen cues in one pass.
package struct ItemMemory: Sendable {
    package let bits: Int
    private var words: [UInt64] = []

    package init(bits: Int = Hypervector.commonBits) { self.bits = bits }

    package init(_ items: [Hypervector]) {
        self.init(bits: items.first?.bits ?? Hypervector.commonBits)
        for item in items { append(item) }
    }

    package var count: Int { words.count / width }
    private var width: Int { bits / 64 }

    package subscript(_ index: Int) -> Hypervector {
        Hypervector(checked: Array(words[index * width..<(index + 1) * width]))
    }

    package mutating func append(_ item: Hypervector) {
        precondition(item.bits == bits, "hypervectors of one size")
        words.append(contentsOf: item.words)
    }

    /// An item, by its place in the memory, and how many bits lie between it and the cue.
    package struct Match: Sendable, Hashable, Comparable {
        package let item: Int
        package let distance: Int

        package init(item: Int, distance: Int) {
            self.item = item
            self.distance = distance
        }

        /// Nearest first; among equals the earlier item.
        package static func < (one: Self, other: Self) -> Bool {
            (one.distance, one.item) < (other.distance, other.item)
        }
    }

    /// The nearest item; nil when none is known.
    package func nearest(to cue: Hypervector) -> Match? { nearest(1, to: [cue]).first?.first }

    /// For each cue the nearest `limit` items, nearest first.
    package func nearest(_ limit: Int, to cues: [Hypervector]) -> [[Match]] {
        var matches: [[Match]] = []
        for first in stride(from: 0, to: cues.count, by: 16) {
            matches.append(contentsOf: pass(limit, Array(cues[first..<Swift.min(first + 16, cues.count)])))
        }
        return matches
    }

    /// Reads every item once and does nothing with it: what no search can be quicker than, for those who measure.
    package func readThrough() -> UInt64 {
        // The kernel reads exactly the words of the buffer.
        unsafe words.withUnsafeBytes { unsafe prima_memory_read($0.baseAddress, $0.count) }
    }

    /// All distances from a cue, by one path; nil where this machine, or this build, lacks it.
    package func distances(from cues: [Hypervector], by path: Measure.Path) -> [[Int]]? {
        precondition((1...16).contains(cues.count), "a pass takes up to sixteen cues")
        guard let scan = unsafe prima_bits_scan_by(path.kernel) else { return nil }
        let all = unsafe distances(from: cues.flatMap(\.words), cues.count, 0..<count, scan)
        return cues.indices.map { cue in all[cue * count..<(cue + 1) * count].map(Int.init) }
    }

    private func pass(_ limit: Int, _ cues: [Hypervector]) -> [[Match]] {
        precondition(cues.allSatisfy { $0.bits == bits }, "hypervectors of one size")
        guard limit > 0 else { return cues.map { _ in [] } }
        let block = 1024
        let queries = cues.flatMap(\.words)
        let scan = unsafe prima_bits_scan_of()
        var best = cues.map { _ in NearestFirst(limit: limit) }
        for first in stride(from: 0, to: count, by: block) {
            let range = first..<Swift.min(first + block, count)
            let distances = unsafe distances(from: queries, cues.count, range, scan)
            for cue in cues.indices {
                best[cue].offer(distances, cue * range.count..<(cue + 1) * range.count, first: first)
            }
        }
        return best.map(\.matches)
    }

    private func distances(
        from queries: [UInt64],
        _ queryCount: Int,
        _ range: Range<Int>,
        _ scan: prima_bits_scan?
    ) -> [UInt32] {
        guard let scan = unsafe scan else { preconditionFailure("the portable path is always there") }
        return unsafe [UInt32](unsafeUninitializedCapacity: queryCount * range.count) { buffer, initialized in
            unsafe queries.withUnsafeBufferPointer { queries in
                unsafe words.withUnsafeBufferPointer { words in
                    guard let rows = words.baseAddress, range.upperBound <= count else { return }
                    unsafe scan(
                        queries.baseAddress,
                        queryCount,
                        rows + range.lowerBound * width,
                        width,
                        range.count,
                        buffer.baseAddress
                    )
                    initialized = queryCount * range.count
                }
            }
        }
    }

    /// The nearest items so far.
    private struct NearestFirst {
        let limit: Int
        private(set) var matches: [Match] = []
        private var worst = UInt32.max

        init(limit: Int) { self.limit = limit }

        /// Distances of items that follow each other, of which the one at the range's beginning is `first`.
        mutating func offer(_ distances: [UInt32], _ range: Range<Int>, first: Int) {
            var next = range.lowerBound
            while true {
                // The kernel reads places below the range's end, which lies inside the array.
                next = unsafe distances.withUnsafeBufferPointer { distances in
                    unsafe prima_next_below(distances.baseAddress, next, range.upperBound, worst)
                }
                guard next < range.upperBound else { return }
                let match = Match(item: first + next - range.lowerBound, distance: Int(distances[next]))
                next += 1
                var place = matches.count
                while place > 0, match < matches[place - 1] { place -= 1 }
                matches.insert(match, at: place)
                if matches.count > limit { matches.removeLast() }
                if matches.count == limit, let last = matches.last { worst = UInt32(last.distance) }
            }
        }
    }
}
