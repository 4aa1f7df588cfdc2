/// Bounds the codes of the columns that a stratum derives, from the columns that it reads.
///
/// What is computed has no bounds; what is copied has those of where it comes from, through any recursion.
struct ColumnWindows {
    private let execution: Execution
    private let members: Set<Int>
    private var ranges: [Int: [Range]] = [:]

    private enum Range: Equatable {
        case nothing
        case within(CodeWindow)
        case anything

        func union(_ other: Range) -> Range {
            switch (self, other) {
            case (.nothing, _): other
            case (_, .nothing): self
            case (.within(let one), .within(let other)): .within(one.union(other))
            default: .anything
            }
        }

        var size: Int {
            switch self {
            case .nothing: 0
            case .within(let window): window.count
            case .anything: .max
            }
        }
    }

    init(_ execution: Execution, _ members: Set<Int>) {
        self.execution = execution
        self.members = members
        for number in members {
            let predicate = execution.program.predicates[number]
            ranges[number] = Array(repeating: .nothing, count: predicate.arity)
        }
        var rounds = 0
        while step() {
            rounds += 1
            // Each round widens a window to one of few others; this is far beyond that.
            guard rounds < 64 else {
                for number in members { ranges[number] = ranges[number]?.map { _ in .anything } }
                return
            }
        }
    }

    /// The windows of the columns of a predicate; nil where there is none, or too wide a one.
    func windows(of number: Int) -> [CodeWindow?] {
        (ranges[number] ?? []).map { range in
            switch range {
            case .nothing: CodeWindow(low: Codes.zero, count: 1)
            case .within(let window): window.ifSmall
            case .anything: nil
            }
        }
    }

    private mutating func step() -> Bool {
        var isChanged = false
        for number in members {
            let predicate = execution.program.predicates[number]
            for clause in predicate.clauses {
                for (column, name) in clause.head.enumerated() {
                    guard let held = ranges[number]?[column] else { continue }
                    let isAggregate = predicate.aggregates[column] != nil
                    let wider = held.union(isAggregate ? .anything : range(of: name, clause, depth: 0))
                    if wider != held {
                        ranges[number]?[column] = wider
                        isChanged = true
                    }
                }
            }
        }
        return isChanged
    }

    /// An atom holds every code of its variables.
    ///
    /// Who is in no atom has a code from one of the equations for him.
    private func range(of name: Name, _ clause: Clause, depth: Int) -> Range {
        var inAtoms: Range?
        var inEquations = Range.nothing
        for literal in clause.literals {
            switch literal {
            case .predicate(let target, let arguments, false, _):
                guard let column = arguments.firstIndex(of: name) else { continue }
                let found = members.contains(target) ? ranges[target]?[column] ?? .anything : finished(target, column)
                if found.size < inAtoms?.size ?? .max { inAtoms = found }
                inAtoms = inAtoms ?? .anything
            case .stored(let use, let arguments, false, _):
                guard let column = arguments.firstIndex(of: name),
                    case .stored(let rows) = execution.relation(.stored(use))
                else { continue }
                let found = rows.window(column).map(Range.within) ?? .nothing
                if found.size < inAtoms?.size ?? .max { inAtoms = found }
            case .bind(name, let expression):
                inEquations = inEquations.union(range(of: expression, clause, depth: depth))
            case .bindEach(name, _, _): inEquations = .anything
            default: continue
            }
        }
        return inAtoms ?? (inEquations == .nothing ? .anything : inEquations)
    }

    private func range(of expression: Expression, _ clause: Clause, depth: Int) -> Range {
        switch expression {
        case .constant(let value, _):
            return .within(CodeWindow(low: execution.interner.encode(value), count: 1))
        case .variable(let other) where depth < 8: return range(of: other, clause, depth: depth + 1)
        default: return .anything
        }
    }

    private func finished(_ target: Int, _ column: Int) -> Range {
        guard case .table(let table)? = execution.live[target] else { return .anything }
        return table.columns[column].bounds().map { .within(CodeWindow($0)) } ?? .nothing
    }
}
