internal import CKernels

extension Graph {
    /// Links the rows of `numbers`, which are in place and not linked yet.
    ///
    /// They search in batches, many at once, and then link in order: the graph is the same for any number of
    /// workers. A batch is at most a sixty-fourth of the graph, so that it hardly matters that its nodes do not see
    /// each other.
    package func insert(_ numbers: [Int], workers: some Workers = OneWorker()) {
        guard let highest = numbers.max() else { return }
        precondition((highest + 1) * rows.stride <= rows.block.byteCount, "every node has a row")
        let linked = entry == nil ? 0 : count
        extend(to: highest + 1)
        let scratches = (0..<workers.count).map { _ in InsertScratch() }
        var next = 0
        while next < numbers.count {
            let batch = Swift.min(numbers.count - next, Swift.max(1, Swift.min(1024, (next + linked) / 64)))
            link(Array(numbers[next..<next + batch]), scratches, workers)
            next += batch
        }
    }

    private func link(_ batch: [Int], _ scratches: [InsertScratch], _ workers: some Workers) {
        let parts = scratches.count
        let chunk = Swift.max(1, Swift.min(16, batch.count / (parts * 4)))
        // What each node chose, found in parallel: worker w takes chunks w, w + parts, …
        workers.run { worker in
            let scratch = scratches[worker]
            scratch.choices = []
            var start = worker * chunk
            while start < batch.count {
                for place in start..<Swift.min(start + chunk, batch.count) {
                    scratch.choices.append((place, self.choices(for: batch[place], scratch.walk)))
                }
                start += parts * chunk
            }
        }
        var choices = [[UInt64]](repeating: [], count: batch.count)
        for scratch in scratches {
            for (place, chosen) in scratch.choices { choices[place] = chosen }
            scratch.choices = []
        }
        for (place, number) in batch.enumerated() { self.place(number, choices[place]) }
        // Links back, each worker to nodes of its own, in the order of the batch.
        let all = choices
        workers.run { worker in
            for (place, number) in batch.enumerated() {
                self.linkBack(to: number, all[place], scratches[worker].walk) { $0 % parts == worker }
            }
        }
        for number in batch { raiseEntry(to: number) }
    }

    private func choices(for number: Int, _ scratch: GraphScratch) -> [UInt64] {
        let places = (Int(levels.byte(number)) + 1) * shape.degree
        var graph = unsafe kernel
        var walk = unsafe scratch.kernel(count: count, breadth: shape.breadth, degree: groundDegree)
        let functions = unsafe measure.functions
        return unsafe [UInt64](unsafeUninitializedCapacity: places) { buffer, initialized in
            unsafe prima_graph_find(
                &graph,
                functions,
                UInt32(number),
                shape.breadth,
                &walk,
                buffer.baseAddress
            )
            initialized = places
        }
    }

    private func place(_ number: Int, _ chosen: [UInt64]) {
        var graph = unsafe kernel
        unsafe chosen.withUnsafeBufferPointer { unsafe prima_graph_place(&graph, UInt32(number), $0.baseAddress) }
    }

    private func linkBack(to number: Int, _ chosen: [UInt64], _ scratch: GraphScratch, where mine: (Int) -> Bool) {
        var graph = unsafe kernel
        var walk = unsafe scratch.kernel(count: count, breadth: shape.breadth, degree: groundDegree)
        let functions = unsafe measure.functions
        for (index, found) in chosen.enumerated() where found != UInt64.max {
            let other = prima_found_number(found)
            guard mine(Int(other)) else { continue }
            let back = prima_found_make(prima_found_distance(found), UInt32(number))
            unsafe prima_graph_link(&graph, functions, UInt32(index / shape.degree), other, back, &walk)
        }
    }

    private func raiseEntry(to number: Int) {
        guard let entry else { return self.entry = number }
        if levels.byte(number) > levels.byte(entry) { self.entry = number }
    }
}

/// What one worker needs to insert.
private final class InsertScratch: @unchecked Sendable {
    let walk = GraphScratch()
    var choices: [(place: Int, chosen: [UInt64])] = []
}

/// Threads that share a piece of work.
package protocol Workers: Sendable {
    var count: Int { get }
    /// Runs `work` once for each worker, at the same time, and returns when all are done.
    func run(_ work: @Sendable (Int) -> Void)
}

/// The calling thread alone.
package struct OneWorker: Workers {
    package init() {}
    package var count: Int { 1 }
    package func run(_ work: @Sendable (Int) -> Void) { work(0) }
}
