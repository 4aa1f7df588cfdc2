/// Folds one column of a head, group by group.
protocol Accumulator: AnyObject {
    /// Makes room for so many groups.
    func resize(to groups: Int)

    /// Folds the value of each row into the group of the row.
    func add(_ values: CodeBuffer, groups: CodeBuffer, count: Int) throws(ScriptError)

    /// The value of a group.
    func result(_ group: Int) -> Datum
}

extension AggregateUse {
    /// An accumulator for this use.
    ///
    /// `isMeet` when all aggregates of the head are meets: some then differ in detail.
    func accumulator(isMeet: Bool, _ interner: Interner, _ context: EvaluationContext) -> any Accumulator {
        switch aggregate {
        case .count: CountAccumulator()
        case .sum, .product, .mean, .variance, .standardDeviation: NumberAccumulator(aggregate, interner)
        case .min, .max: ExtremeAccumulator(aggregate, interner)
        case .countUnique: UniqueCountAccumulator()
        default: FoldAccumulator(self, isMeet: isMeet, interner, context)
        }
    }
}

/// Counts rows.
final class CountAccumulator: Accumulator {
    private var counts: [Int64] = []

    func resize(to groups: Int) {
        counts.append(contentsOf: repeatElement(0, count: max(0, groups - counts.count)))
    }

    func add(_ values: CodeBuffer, groups: CodeBuffer, count: Int) throws(ScriptError) {
        for row in 0..<count { counts[Int(groups[row])] += 1 }
    }

    func add(_ weights: [Int], groups: CodeBuffer) {
        for row in weights.indices { counts[Int(groups[row])] += Int64(weights[row]) }
    }

    func result(_ group: Int) -> Datum { .int(counts[group]) }
}

/// Counts the distinct values of each group.
final class UniqueCountAccumulator: Accumulator {
    private var counts: [Int64] = []
    private let groups = CodeBuffer()
    private let values = CodeBuffer()
    private let seen = RowSet()

    func resize(to groups: Int) {
        counts.append(contentsOf: repeatElement(0, count: max(0, groups - counts.count)))
    }

    func add(_ values: CodeBuffer, groups: CodeBuffer, count: Int) throws(ScriptError) {
        for row in 0..<count {
            let group = groups[row]
            let value = values[row]
            let next = self.values.count
            let found = seen.findOrInsert(next, hash: Codes.scattered(group, value)) {
                self.groups[$0] == group && self.values[$0] == value
            }
            guard found == next else { continue }
            self.groups.append(group)
            self.values.append(value)
            counts[Int(group)] += 1
        }
    }

    func result(_ group: Int) -> Datum { .int(counts[group]) }
}

/// Sums, products, means and variances, in floats as the reference has them.
final class NumberAccumulator: Accumulator {
    private let aggregate: Aggregate
    private let interner: Interner
    private var sums: [Double] = []
    private var squares: [Double] = []
    private var counts: [Double] = []

    init(_ aggregate: Aggregate, _ interner: Interner) {
        self.aggregate = aggregate
        self.interner = interner
    }

    func resize(to groups: Int) {
        let missing = max(0, groups - sums.count)
        sums.append(contentsOf: repeatElement(aggregate == .product ? 1 : 0, count: missing))
        squares.append(contentsOf: repeatElement(0, count: missing))
        counts.append(contentsOf: repeatElement(0, count: missing))
    }

    func add(_ values: CodeBuffer, groups: CodeBuffer, count: Int) throws(ScriptError) {
        for row in 0..<count {
            let code = values[row]
            let group = Int(groups[row])
            let number: Double
            if Codes.isInteger(code) {
                number = Double(Codes.integer(code))
            } else {
                guard let decoded = interner.decode(code).number else {
                    throw .aggregate(
                        "cannot compute '\(aggregate.rawValue)': encountered value \(interner.decode(code).shown)"
                    )
                }
                number = decoded
            }
            if aggregate == .product { sums[group] *= number } else { sums[group] += number }
            counts[group] += 1
            if aggregate == .variance || aggregate == .standardDeviation { squares[group] += number * number }
        }
    }

    func result(_ group: Int) -> Datum {
        let count = counts[group]
        let variance = (squares[group] - sums[group] * sums[group] / count) / (count - 1)
        switch aggregate {
        case .mean: return .float(sums[group] / count)
        case .variance: return .float(variance)
        case .standardDeviation: return .float(variance.squareRoot())
        default: return .float(sums[group])
        }
    }
}

/// The smallest or the largest number; null counts for nothing.
final class ExtremeAccumulator: Accumulator {
    private let aggregate: Aggregate
    private let interner: Interner
    private let codes = CodeBuffer()

    init(_ aggregate: Aggregate, _ interner: Interner) {
        self.aggregate = aggregate
        self.interner = interner
    }

    func resize(to groups: Int) {
        while codes.count < groups { codes.append(Codes.none) }
    }

    func add(_ values: CodeBuffer, groups: CodeBuffer, count: Int) throws(ScriptError) {
        let isMin = aggregate == .min
        for row in 0..<count {
            let group = Int(groups[row])
            let code = values[row]
            let held = codes[group]
            if Codes.isInteger(code), Codes.isInteger(held) {
                if isMin ? code < held : code > held { codes[group] = code }
                continue
            }
            let value = interner.decode(code)
            if value == .null { continue }
            if held == Codes.none {
                codes[group] = code
                continue
            }
            guard let new = value.number, let old = interner.decode(held).number else {
                throw .aggregate("'\(aggregate.rawValue)' applied to non-numerical values")
            }
            if isMin ? new < old : new > old { codes[group] = code }
        }
    }

    func result(_ group: Int) -> Datum {
        codes[group] == Codes.none ? .null : interner.decode(codes[group])
    }
}

/// Every other aggregate, value by value.
final class FoldAccumulator: Accumulator {
    private let use: AggregateUse
    private let isMeet: Bool
    private let interner: Interner
    private let context: EvaluationContext
    private var states: [State] = []

    private struct State {
        var value: Datum?
        var cost: Datum = .null
        var elements: [Datum] = []
        var counts: [Datum: Int64] = [:]
        var count = 0
    }

    init(_ use: AggregateUse, isMeet: Bool, _ interner: Interner, _ context: EvaluationContext) {
        self.use = use
        self.isMeet = isMeet && use.aggregate.isMeet
        self.interner = interner
        self.context = context
    }

    func resize(to groups: Int) {
        states.append(contentsOf: repeatElement(State(), count: max(0, groups - states.count)))
    }

    func add(_ values: CodeBuffer, groups: CodeBuffer, count: Int) throws(ScriptError) {
        for row in 0..<count {
            try add(interner.decode(values[row]), to: &states[Int(groups[row])])
        }
    }

    private func add(_ value: Datum, to state: inout State) throws(ScriptError) {
        state.count += 1
        if isMeet {
            guard var held = state.value else {
                state.value = value
                return
            }
            state.value = nil
            _ = try use.aggregate.meet(&held, with: value)
            state.value = held
            return
        }
        switch use.aggregate {
        case .unique, .groupCount: state.counts[value, default: 0] += 1
        case .collect:
            if let limit = use.arguments.first?.wholeNumber, state.elements.count >= limit { return }
            state.elements.append(value)
        case .choice:
            if state.value == nil || state.value == .null { state.value = value }
        case .choiceRandom:
            if context.randomUnit() < 1 / Double(state.count) { state.value = value }
        case .latestBy, .smallestBy: try addByCost(value, to: &state)
        case .minCost: try addMinCost(value, to: &state)
        case .bitAnd, .bitOr, .bitXor: try addBits(value, to: &state)
        case .union, .intersection:
            guard case .list(let elements) = value else {
                throw .aggregate("cannot compute '\(use.aggregate.rawValue)' for value \(value.shown)")
            }
            guard var held = state.value else {
                state.value = .set(of: elements)
                return
            }
            _ = try use.aggregate.meet(&held, with: value)
            state.value = held
        case .and, .or, .shortest:
            guard var held = state.value ?? (use.aggregate == .shortest ? nil : use.aggregate.meetOfNothing) else {
                guard case .list = value else { throw .aggregate("cannot compute 'shortest' on \(value.shown)") }
                state.value = value
                return
            }
            guard value != .null else { throw .aggregate("cannot compute '\(use.aggregate.rawValue)' for null") }
            _ = try use.aggregate.meet(&held, with: value)
            state.value = held
        default: preconditionFailure("\(use.aggregate.rawValue) has an accumulator of its own")
        }
    }

    private func addByCost(_ value: Datum, to state: inout State) throws(ScriptError) {
        let name = use.aggregate.rawValue
        guard case .list(let pair) = value else { throw .aggregate("cannot compute '\(name)' on \(value.shown)") }
        guard pair.count == 2 else {
            throw .aggregate("'\(name)' requires a list of exactly two items as argument")
        }
        let isBetter =
            use.aggregate == .latestBy
            ? pair[1] > state.cost : state.cost == .null || pair[1] < state.cost
        guard isBetter else { return }
        state.cost = pair[1]
        state.value = pair[0]
    }

    private func addMinCost(_ value: Datum, to state: inout State) throws(ScriptError) {
        guard case .list(let pair) = value else { throw .aggregate("cannot compute 'min_cost' on \(value.shown)") }
        guard pair.count == 2 else {
            throw .aggregate("'min_cost' requires a list of exactly two items as argument")
        }
        guard let cost = pair[1].number else { throw .aggregate("Cost must be numeric") }
        guard cost < state.cost.number ?? .infinity else { return }
        state.cost = .float(cost)
        state.value = pair[0]
    }

    private func addBits(_ value: Datum, to state: inout State) throws(ScriptError) {
        guard case .bytes(let bytes) = value else {
            throw .aggregate("cannot apply '\(use.aggregate.rawValue)' to \(value.shown)")
        }
        guard case .bytes(let held)? = state.value, !held.isEmpty else {
            state.value = value
            return
        }
        state.value = .bytes(try use.aggregate.bits(held, bytes))
    }

    func result(_ group: Int) -> Datum {
        let state = states[group]
        if isMeet { return state.value ?? use.aggregate.meetOfNothing }
        switch use.aggregate {
        case .unique: return .list(state.counts.keys.sorted())
        case .groupCount:
            return .list(state.counts.sorted { $0.key < $1.key }.map { .list([$0.key, .int($0.value)]) })
        case .collect: return .list(state.elements)
        case .minCost: return .list([state.value ?? .null, state.cost == .null ? .float(.infinity) : state.cost])
        case .union, .intersection: return .list(state.value?.elements ?? [])
        case .bitAnd, .bitOr, .bitXor: return state.value ?? .bytes([])
        case .and, .or: return state.value ?? use.aggregate.meetOfNothing
        default: return state.value ?? .null
        }
    }
}
