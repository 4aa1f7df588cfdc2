/// Runs one plan: batches of rows pass through its steps, and what comes out goes to a sink.
final class Pipeline {
    let plan: Plan
    private let evaluator: Evaluator
    let sink: any Sink
    let watch: BudgetWatch
    let capacity: Int
    let steps: [ResolvedStep]
    let selection = CodeBuffer()
    let head: [HeadColumn]

    enum HeadColumn {
        case register(Int)
        case constant(CodeBuffer)
    }

    /// A step with its relations at hand, and the batch that it fills.
    final class ResolvedStep {
        let step: Plan.Step
        let sources: [ResolvedSource]
        let output: Batch?
        /// For each row of the output the row that it continues.
        let origins = CodeBuffer()
        let places = CodeBuffer()
        /// The run of each row of the input.
        let starts = CodeBuffer()
        let ends = CodeBuffer()
        let keyColumns: [CodeBuffer?]
        /// Of an intersection: the constants among the keys of each relation, and the runs of each row there.
        var lookups: [(keys: [CodeBuffer?], starts: CodeBuffer, ends: CodeBuffer)] = []

        init(_ step: Plan.Step, _ sources: [ResolvedSource], _ output: Batch?, _ keyColumns: [CodeBuffer?]) {
            self.step = step
            self.sources = sources
            self.output = output
            self.keyColumns = keyColumns
            origins.resize(to: output?.capacity ?? 0)
            places.resize(to: output?.capacity ?? 0)
        }
    }

    init(
        _ plan: Plan,
        _ relations: RelationResolver,
        _ evaluator: Evaluator,
        into sink: any Sink,
        _ watch: BudgetWatch,
        batchSize: Int
    ) {
        self.plan = plan
        self.evaluator = evaluator
        self.sink = sink
        self.watch = watch
        capacity = batchSize
        steps = plan.steps.map { step in
            let sources = relations.sources(of: step.kind)
            let keys: [CodeBuffer?]
            var output: Batch?
            switch step.kind {
            case .join(_, let stepKeys, _):
                output = Batch(registers: plan.registerCount, capacity: batchSize)
                keys = Self.constants(stepKeys, batchSize)
            case .probe(_, let stepKeys, _): keys = Self.constants(stepKeys, batchSize)
            case .scan, .each, .intersect:
                output = Batch(registers: plan.registerCount, capacity: batchSize)
                keys = []
            default: keys = []
            }
            let resolved = ResolvedStep(step, sources, output, keys)
            if case .intersect(let lookups, _) = step.kind {
                resolved.lookups = lookups.map { (Self.constants($0.keys, batchSize), CodeBuffer(), CodeBuffer()) }
            }
            return resolved
        }
        head = plan.head.map { operand in
            switch operand {
            case .register(let register): .register(register)
            case .constant(let code): .constant(CodeBuffer(repeating: code, count: batchSize))
            }
        }
    }

    private static func constants(_ keys: [Plan.Key], _ capacity: Int) -> [CodeBuffer?] {
        keys.map { key in
            if case .constant(let code) = key.operand { CodeBuffer(repeating: code, count: capacity) } else { nil }
        }
    }

    func run() throws(ScriptError) {
        let unit = Batch(registers: plan.registerCount, capacity: 1)
        unit.count = 1
        try pass(unit, to: 0)
    }

    func pass(_ batch: Batch, to place: Int) throws(ScriptError) {
        guard batch.count > 0 else { return }
        guard place < steps.count else { return try emit(batch) }
        let resolved = steps[place]
        switch resolved.step.kind {
        case .scan(_, let outputs): try scan(resolved, outputs, place)
        case .join(_, let keys, let outputs):
            let key = columns(of: keys, resolved.keyColumns, batch)
            if place == steps.count - 1, try countRuns(key, outputs, resolved, batch) { return }
            for source in resolved.sources {
                if place == steps.count - 1, try joinIntoPairs(source, key, outputs, resolved, batch) { continue }
                try join(source, key, outputs, resolved, batch, place)
            }
        case .probe(_, let keys, let isNegated):
            probe(resolved, columns(of: keys, resolved.keyColumns, batch), isNegated, batch)
            try pass(batch, to: place + 1)
        case .intersect(let lookups, let register): try intersect(lookups, register, resolved, batch, place)
        case .filter(let node):
            try evaluator.select(node, batch, into: selection)
            batch.keep(selection, resolved.step.carried)
            try pass(batch, to: place + 1)
        case .compute(let register, let node):
            try evaluator.compute(node, batch, into: batch.column(register))
            try pass(batch, to: place + 1)
        case .each(let register, let node, let span): try each(resolved, register, node, span, batch, place)
        }
    }

    func columns(of keys: [Plan.Key], _ constants: [CodeBuffer?], _ batch: Batch) -> [CodeBuffer] {
        keys.enumerated().map { place, key in
            if let constant = constants[place] { return constant }
            guard case .register(let register) = key.operand else { preconditionFailure("a key has a column") }
            return batch.column(register)
        }
    }

    private func emit(_ batch: Batch) throws(ScriptError) {
        try watch.tick()
        let columns = head.map { column in
            switch column {
            case .register(let register): batch.column(register)
            case .constant(let constant): constant
            }
        }
        try sink.take(columns, count: batch.count)
    }

    // MARK: Steps

    private func scan(_ resolved: ResolvedStep, _ outputs: [Plan.Output], _ place: Int) throws(ScriptError) {
        guard let output = resolved.output else { return }
        for case .rows(let columns, let range, let dead) in resolved.sources {
            var row = range.lowerBound
            while row < range.upperBound {
                let size = min(capacity, range.upperBound - row)
                for item in outputs {
                    unsafe output.column(item.register).base.update(
                        from: columns[item.column].base + row,
                        count: size
                    )
                }
                output.count = size
                if let dead {
                    selection.removeAll()
                    for offset in 0..<size where !dead.contains(row + offset) {
                        selection.append(UInt32(truncatingIfNeeded: offset))
                    }
                    output.keep(selection, outputs.map(\.register))
                }
                row += size
                try watch.tick()
                try pass(output, to: place + 1)
            }
        }
    }

    private func each(
        _ resolved: ResolvedStep,
        _ register: Int,
        _ node: Node,
        _ span: Span,
        _ batch: Batch,
        _ place: Int
    ) throws(ScriptError) {
        guard let output = resolved.output else { return }
        let carried = resolved.step.carried
        output.count = 0
        for row in 0..<batch.count {
            let value = try evaluator.value(node, batch, row)
            guard let elements = value.elements ?? value.jsonElements else {
                throw ScriptError(
                    .spread,
                    "Invalid spread unification: \(value.shown) is no list",
                    at: span,
                    remedy: "`x in …` takes the elements of a list"
                )
            }
            for element in elements {
                for item in carried { unsafe output.column(item).base[output.count] = batch.column(item).base[row] }
                unsafe output.column(register).base[output.count] = evaluator.interner.encode(element)
                output.count += 1
                guard output.count == capacity else { continue }
                try watch.tick()
                try pass(output, to: place + 1)
                output.count = 0
            }
        }
        try pass(output, to: place + 1)
    }

    private func probe(_ resolved: ResolvedStep, _ key: [CodeBuffer], _ isNegated: Bool, _ batch: Batch) {
        let isThere = resolved.origins
        isThere.resize(to: batch.count)
        for row in 0..<batch.count { unsafe isThere.base[row] = 0 }
        for source in resolved.sources { mark(isThere, source, key, resolved, batch) }
        selection.removeAll()
        selection.reserve(batch.count)
        let wanted: Code = isNegated ? 0 : 1
        for row in 0..<batch.count where unsafe isThere.base[row] == wanted {
            selection.append(UInt32(truncatingIfNeeded: row))
        }
        batch.keep(selection, resolved.step.carried)
    }

    /// Marks the rows of a batch that a source has.
    private func mark(
        _ isThere: CodeBuffer,
        _ source: ResolvedSource,
        _ key: [CodeBuffer],
        _ resolved: ResolvedStep,
        _ batch: Batch
    ) {
        let marks = unsafe isThere.base
        switch source {
        case .table(let table): table.mark(isThere, key, count: batch.count)
        case .index(let index, _, let dead):
            index.runs(key, count: batch.count, starts: resolved.starts, ends: resolved.ends)
            for row in 0..<batch.count {
                let run = unsafe Int(resolved.starts.base[row])..<Int(resolved.ends.base[row])
                guard let dead else {
                    if !run.isEmpty { unsafe marks[row] = 1 }
                    continue
                }
                if run.contains(where: { !dead.contains(index.row(at: $0)) }) { unsafe marks[row] = 1 }
            }
        case .chain(let chain, _, let window):
            chain.latest(key, count: batch.count, into: resolved.starts)
            for row in 0..<batch.count {
                var at = unsafe resolved.starts.base[row]
                while at != ChainIndex.end, !window.contains(Int(at)) { at = chain.previous(of: at) }
                if at != ChainIndex.end { unsafe marks[row] = 1 }
            }
        case .rows(_, let range, let dead):
            guard range.count > dead?.count ?? 0 else { return }
            for row in 0..<batch.count { unsafe marks[row] = 1 }
        }
    }

    // MARK: Joins

    private func join(
        _ source: ResolvedSource,
        _ key: [CodeBuffer],
        _ outputs: [Plan.Output],
        _ resolved: ResolvedStep,
        _ batch: Batch,
        _ place: Int
    ) throws(ScriptError) {
        switch source {
        case .index(let index, let payload, let dead):
            try join(index, payload, dead, key, outputs, resolved, batch, place)
        case .chain(let chain, let columns, let window):
            try join(chain, columns, window, key, outputs, resolved, batch, place)
        case .rows, .table: preconditionFailure("a join has an index")
        }
    }

    private func join(
        _ index: ColumnIndex,
        _ payload: [CodeBuffer],
        _ dead: DeadRows?,
        _ key: [CodeBuffer],
        _ outputs: [Plan.Output],
        _ resolved: ResolvedStep,
        _ batch: Batch,
        _ place: Int
    ) throws(ScriptError) {
        index.runs(key, count: batch.count, starts: resolved.starts, ends: resolved.ends)
        let origins = unsafe resolved.origins.base
        let places = unsafe resolved.places.base
        let starts = unsafe resolved.starts.base
        let ends = unsafe resolved.ends.base
        var filled = 0
        for row in 0..<batch.count {
            var at = unsafe starts[row]
            let end = unsafe ends[row]
            while at < end {
                if dead == nil {
                    let size = min(Int(end &- at), capacity &- filled)
                    for step in 0..<size {
                        unsafe origins[filled &+ step] = UInt32(truncatingIfNeeded: row)
                        unsafe places[filled &+ step] = at &+ UInt32(truncatingIfNeeded: step)
                    }
                    filled &+= size
                    at &+= UInt32(truncatingIfNeeded: size)
                } else {
                    if let dead, !dead.contains(index.row(at: Int(at))) {
                        unsafe origins[filled] = UInt32(truncatingIfNeeded: row)
                        unsafe places[filled] = at
                        filled &+= 1
                    }
                    at &+= 1
                }
                if filled == capacity {
                    try flush(payload, outputs, resolved, batch, filled, place)
                    filled = 0
                }
            }
        }
        try flush(payload, outputs, resolved, batch, filled, place)
    }

    private func join(
        _ chain: ChainIndex,
        _ columns: [CodeBuffer],
        _ window: Range<Int>,
        _ key: [CodeBuffer],
        _ outputs: [Plan.Output],
        _ resolved: ResolvedStep,
        _ batch: Batch,
        _ place: Int
    ) throws(ScriptError) {
        chain.latest(key, count: batch.count, into: resolved.starts)
        let origins = unsafe resolved.origins.base
        let places = unsafe resolved.places.base
        let starts = unsafe resolved.starts.base
        let payload = outputs.map { columns[$0.column] }
        let low = UInt32(truncatingIfNeeded: window.lowerBound)
        let high = UInt32(truncatingIfNeeded: window.upperBound)
        var filled = 0
        for row in 0..<batch.count {
            var at = unsafe starts[row]
            while at != ChainIndex.end, at >= low {
                if at < high {
                    unsafe origins[filled] = UInt32(truncatingIfNeeded: row)
                    unsafe places[filled] = at
                    filled &+= 1
                    if filled == capacity {
                        try flush(payload, outputs, resolved, batch, filled, place)
                        filled = 0
                    }
                }
                at = chain.previous(of: at)
            }
        }
        try flush(payload, outputs, resolved, batch, filled, place)
    }

    /// Gathers the joined rows, and passes them on.
    private func flush(
        _ payload: [CodeBuffer],
        _ outputs: [Plan.Output],
        _ resolved: ResolvedStep,
        _ batch: Batch,
        _ count: Int,
        _ place: Int
    ) throws(ScriptError) {
        guard count > 0, let output = resolved.output else { return }
        let places = unsafe resolved.places.base
        carry(resolved, batch, output, count, except: outputs.map(\.register))
        for (item, column) in zip(outputs, payload) {
            let source = unsafe column.base
            let target = unsafe output.column(item.register).base
            for row in 0..<count { unsafe target[row] = source[Int(places[row])] }
        }
        output.count = count
        try watch.tick()
        try pass(output, to: place + 1)
    }

    /// Copies what later steps need from the rows that the new ones continue.
    func carry(_ resolved: ResolvedStep, _ batch: Batch, _ output: Batch, _ count: Int, except fresh: [Int]) {
        let origins = unsafe resolved.origins.base
        for register in resolved.step.carried where !fresh.contains(register) {
            let source = unsafe batch.column(register).base
            let target = unsafe output.column(register).base
            for row in 0..<count { unsafe target[row] = source[Int(origins[row])] }
        }
    }

    /// The last join of a plan that derives pairs of a matrix: the runs go into its rows as they are.
    private func joinIntoPairs(
        _ source: ResolvedSource,
        _ key: [CodeBuffer],
        _ outputs: [Plan.Output],
        _ resolved: ResolvedStep,
        _ batch: Batch
    ) throws(ScriptError) -> Bool {
        guard let table = sink.plainTable, let pairs = table.pairs, outputs.count == 1,
            case .index(let index, let payload, nil) = source, case .register(outputs[0].register) = plan.head[1]
        else { return false }
        let firsts: CodeBuffer
        switch head[0] {
        case .constant(let constant): firsts = constant
        case .register(let register):
            guard register != outputs[0].register else { return false }
            firsts = batch.column(register)
        }
        index.runs(key, count: batch.count, starts: resolved.starts, ends: resolved.ends)
        pairs.insert(
            firsts,
            runs: payload[0],
            starts: resolved.starts,
            ends: resolved.ends,
            newFirsts: table.columns[0],
            newSeconds: table.columns[1]
        )
        try watch.tick()
        return true
    }
}
