internal import CKernels

extension Graph {
    /// Takes nodes out: whoever linked to one links to what that one led to.
    ///
    /// Their numbers can be inserted again.
    ///
    /// Costs a look at every link of the graph, so that it pays for many nodes at once; until then a set of the
    /// living rows given to `search` hides them.
    package func remove(_ removed: Bitmap, scratch: GraphScratch) {
        precondition(removed.bound >= count, "every node is removed or not")
        var graph = unsafe kernel
        var walk = unsafe scratch.kernel(count: count, breadth: shape.breadth, degree: groundDegree)
        let functions = unsafe measure.functions
        unsafe removed.words.withUnsafeBufferPointer { set in
            for number in 0..<count where !removed.contains(number) {
                for layer in 0...Int(levels.byte(number)) {
                    unsafe prima_graph_mend(
                        &graph,
                        functions,
                        UInt32(layer),
                        UInt32(number),
                        set.baseAddress,
                        &walk
                    )
                }
            }
        }
        for number in removed.numbers where number < count {
            ground.fill(number * groundDegree * 4..<(number + 1) * groundDegree * 4, with: 0xff)
            let first = Int(blocks.number(number))
            let last = first + Int(levels.byte(number))
            upper.fill(first * shape.degree * 4..<last * shape.degree * 4, with: 0xff)
        }
        if let entry, removed.contains(entry) { self.entry = highest(without: removed) }
    }

    /// The first of the highest nodes that stay and are linked; nil when none stays.
    private func highest(without removed: Bitmap) -> Int? {
        var best: Int?
        for number in 0..<count where !removed.contains(number) && isLinked(number) {
            if let found = best, levels.byte(number) <= levels.byte(found) { continue }
            best = number
        }
        return best ?? (0..<count).first { !removed.contains($0) }
    }

    private func isLinked(_ number: Int) -> Bool { ground.number(number * groundDegree) != UInt32.max }
}
