// Joins that are met together, and joins that are only counted.
extension Pipeline {
    /// One row for each value that every relation has beside the keys of a row.
    ///
    /// The runs are in order: two of about the same length are merged; else each value of the shortest is looked for in
    /// the others. So no row costs more than its shortest run (times a logarithm): cyclic bodies are joined at their
    /// worst-case optimum.
    func intersect(
        _ lookups: [Plan.Lookup],
        _ register: Int,
        _ resolved: ResolvedStep,
        _ batch: Batch,
        _ place: Int
    ) throws(ScriptError) {
        guard let output = resolved.output, resolved.sources.count == lookups.count else { return }
        var payloads: [CodeBuffer] = []
        for (number, lookup) in lookups.enumerated() {
            guard case .index(let index, let payload, _) = resolved.sources[number] else { return }
            let (constants, starts, ends) = resolved.lookups[number]
            index.runs(columns(of: lookup.keys, constants, batch), count: batch.count, starts: starts, ends: ends)
            payloads.append(payload[0])
        }
        if place == steps.count - 1, let counting = counting(without: [register]) {
            var weights = [Int](repeating: 0, count: batch.count)
            for row in 0..<batch.count {
                forEachCommon(resolved, payloads, row) { _ in
                    weights[row] &+= 1
                    return true
                }
            }
            return try take(counting, weights, batch)
        }
        let values = output.column(register)
        let origins = unsafe resolved.origins.base
        let out = unsafe values.base
        var filled = 0
        var row = 0
        while row < batch.count {
            var isFull = false
            let before = filled
            let room = capacity
            forEachCommon(resolved, payloads, row) { code in
                guard filled < room else {
                    isFull = true
                    return false
                }
                unsafe out[filled] = code
                unsafe origins[filled] = UInt32(truncatingIfNeeded: row)
                filled &+= 1
                return true
            }
            if isFull {
                if before == 0 {
                    try flushRow(resolved, payloads, batch, output, row, register, place)
                    row += 1
                } else {
                    // The row begins again with an empty batch.
                    try flushValues(resolved, batch, output, before, register, place)
                }
                filled = 0
                continue
            }
            row += 1
        }
        try flushValues(resolved, batch, output, filled, register, place)
    }

    /// A row that alone has more continuations than a batch has room.
    private func flushRow(
        _ resolved: ResolvedStep,
        _ payloads: [CodeBuffer],
        _ batch: Batch,
        _ output: Batch,
        _ row: Int,
        _ register: Int,
        _ place: Int
    ) throws(ScriptError) {
        let all = CodeBuffer()
        forEachCommon(resolved, payloads, row) { code in
            all.append(code)
            return true
        }
        var start = 0
        while start < all.count {
            let size = min(capacity, all.count - start)
            for step in 0..<size {
                resolved.origins[step] = UInt32(truncatingIfNeeded: row)
                output.column(register)[step] = all[start + step]
            }
            try flushValues(resolved, batch, output, size, register, place)
            start += size
        }
    }

    private func flushValues(
        _ resolved: ResolvedStep,
        _ batch: Batch,
        _ output: Batch,
        _ count: Int,
        _ register: Int,
        _ place: Int
    ) throws(ScriptError) {
        guard count > 0 else { return }
        carry(resolved, batch, output, count, except: [register])
        output.count = count
        try watch.tick()
        try pass(output, to: place + 1)
    }

    /// Hands over the codes that all runs of a row have, in order, until `body` wants no more.
    @inline(__always)
    private func forEachCommon(
        _ resolved: ResolvedStep,
        _ payloads: [CodeBuffer],
        _ row: Int,
        _ body: (Code) -> Bool
    ) {
        var shortest = 0
        var least = Int.max
        for number in payloads.indices {
            let size = run(resolved, number, row).count
            if size < least { (shortest, least) = (number, size) }
        }
        guard least > 0 else { return }
        if payloads.count == 2 {
            let near = run(resolved, shortest, row)
            let far = run(resolved, 1 - shortest, row)
            if far.count < near.count * 8 {
                return Self.merge(payloads[shortest], near, payloads[1 - shortest], far, body)
            }
        }
        let codes = unsafe payloads[shortest].base
        search: for place in run(resolved, shortest, row) {
            let code = unsafe codes[place]
            for number in payloads.indices where number != shortest {
                if !Self.contains(payloads[number], run(resolved, number, row), code) { continue search }
            }
            if !body(code) { return }
        }
    }

    @inline(__always)
    private func run(_ resolved: ResolvedStep, _ number: Int, _ row: Int) -> Range<Int> {
        let (_, starts, ends) = resolved.lookups[number]
        return unsafe Int(starts.base[row])..<Int(ends.base[row])
    }

    @inline(__always)
    private static func merge(
        _ one: CodeBuffer,
        _ near: Range<Int>,
        _ other: CodeBuffer,
        _ far: Range<Int>,
        _ body: (Code) -> Bool
    ) {
        let left = unsafe one.base
        let right = unsafe other.base
        var place = near.lowerBound
        var second = far.lowerBound
        while place < near.upperBound, second < far.upperBound {
            let here = unsafe left[place]
            let there = unsafe right[second]
            if here == there, !body(here) { return }
            place &+= here <= there ? 1 : 0
            second &+= there <= here ? 1 : 0
        }
    }

    @inline(__always)
    private static func contains(_ column: CodeBuffer, _ range: Range<Int>, _ code: Code) -> Bool {
        let codes = unsafe column.base
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low &+ high) >> 1
            if unsafe codes[middle] < code { low = middle &+ 1 } else { high = middle }
        }
        return unsafe low < range.upperBound && codes[low] == code
    }

    // MARK: Counting

    /// The sink, when it only counts rows, and by nothing that this step finds.
    private func counting(without fresh: [Int]) -> AggregateSink? {
        guard let counting = sink.counting else { return nil }
        for column in counting.groupColumns {
            if case .register(let register) = plan.head[column], fresh.contains(register) { return nil }
        }
        return counting
    }

    /// Counts the rows that the last join would yield, without making them.
    func countRuns(
        _ key: [CodeBuffer],
        _ outputs: [Plan.Output],
        _ resolved: ResolvedStep,
        _ batch: Batch
    ) throws(ScriptError) -> Bool {
        guard let counting = counting(without: outputs.map(\.register)) else { return false }
        var weights = [Int](repeating: 0, count: batch.count)
        for source in resolved.sources {
            guard case .index(_, _, nil) = source else { return false }
        }
        for case .index(let index, _, _) in resolved.sources {
            index.runs(key, count: batch.count, starts: resolved.starts, ends: resolved.ends)
            for row in 0..<batch.count { weights[row] += Int(resolved.ends[row]) - Int(resolved.starts[row]) }
        }
        try take(counting, weights, batch)
        return true
    }

    private func take(_ counting: AggregateSink, _ weights: [Int], _ batch: Batch) throws(ScriptError) {
        selection.removeAll()
        var kept: [Int] = []
        for row in weights.indices where weights[row] > 0 {
            selection.append(UInt32(truncatingIfNeeded: row))
            kept.append(weights[row])
        }
        var registers: Set<Int> = []
        for column in counting.groupColumns {
            if case .register(let register) = plan.head[column] { registers.insert(register) }
        }
        batch.keep(selection, registers.sorted())
        try watch.tick()
        let none = CodeBuffer()
        let columns = head.enumerated().map { column, source in
            switch source {
            case .constant(let constant): constant
            case .register(let register): counting.groupColumns.contains(column) ? batch.column(register) : none
            }
        }
        counting.take(columns, weights: kept, count: kept.count)
    }
}
