/// What folds the values of a group into one.
enum Aggregate: String, Sendable, CaseIterable {
    case and, or, unique, union, intersection, count, variance, sum, product, min, max, mean, choice, collect, shortest
    case groupCount = "group_count"
    case countUnique = "count_unique"
    case standardDeviation = "std_dev"
    case minCost = "min_cost"
    case bitAnd = "bit_and"
    case bitOr = "bit_or"
    case bitXor = "bit_xor"
    case latestBy = "latest_by"
    case smallestBy = "smallest_by"
    case choiceRandom = "choice_rand"

    /// True for those that may be folded in any order, any number of times: they may stand inside a recursion.
    var isMeet: Bool {
        switch self {
        case .and, .or, .union, .intersection, .min, .max, .choice, .shortest, .minCost, .bitAnd, .bitOr: true
        default: false
        }
    }

    /// The value of no rows, as a meet.
    var meetOfNothing: Datum {
        switch self {
        case .and: true
        case .or: false
        case .union: .set([])
        case .minCost: .list([.null, .float(.infinity)])
        case .bitAnd, .bitOr: .bytes([])
        default: .null
        }
    }
}

extension ScriptError {
    static func aggregate(_ message: String) -> ScriptError { ScriptError(.evaluation, message) }
}

// MARK: Meets

extension Aggregate {
    /// Folds `right` into `left`; true when that changed it.
    func meet(_ left: inout Datum, with right: Datum) throws(ScriptError) -> Bool {
        switch self {
        case .min, .max: return try meetExtreme(&left, with: right)
        case .and, .or:
            guard case (.bool(let one), .bool(let other)) = (left, right) else {
                throw .aggregate("cannot compute '\(rawValue)' for \(left.shown) and \(right.shown)")
            }
            let result = self == .and ? one && other : one || other
            left = .bool(result)
            return result != one
        case .union:
            guard let one = left.elements, let other = right.elements else {
                throw .aggregate("cannot compute 'union' for value \(right.shown)")
            }
            let held = Set(one)
            let merged = Datum.set(of: one + other)
            guard case .set(let elements) = merged else { return false }
            left = merged
            return elements.count != held.count
        case .intersection: return try meetIntersection(&left, with: right)
        case .choice:
            guard left == .null, right != .null else { return false }
            left = right
            return true
        case .shortest: return try meetShortest(&left, with: right)
        case .minCost:
            guard case .list(let one) = left, case .list(let other) = right, one.count == 2, other.count == 2 else {
                throw .aggregate(
                    "'min_cost' requires a list of length 2 as argument, got \(left.shown), \(right.shown)"
                )
            }
            guard let held = one[1].number, let cost = other[1].number else {
                throw .aggregate("'min_cost' must have numerical costs")
            }
            guard cost < held else { return false }
            left = right
            return true
        case .bitAnd, .bitOr: return try meetBits(&left, with: right)
        default: preconditionFailure("\(rawValue) is no meet")
        }
    }

    private func meetExtreme(_ left: inout Datum, with right: Datum) throws(ScriptError) -> Bool {
        if right == .null { return false }
        if left == .null {
            left = right
            return true
        }
        guard let held = left.number, let new = right.number else {
            throw .aggregate("'\(rawValue)' applied to non-numerical values")
        }
        guard self == .min ? new < held : new > held else { return false }
        left = right
        return true
    }

    private func meetIntersection(_ left: inout Datum, with right: Datum) throws(ScriptError) -> Bool {
        if right == .null { return false }
        if left == .null {
            left = right
            return true
        }
        guard let one = left.elements, let other = right.elements else {
            throw .aggregate("cannot compute 'intersection' on \(left.shown) and \(right.shown)")
        }
        let kept = Set(other)
        let held = Datum.sortedUnique(one)
        let result = held.filter(kept.contains)
        left = .set(result)
        return result.count != held.count
    }

    private func meetShortest(_ left: inout Datum, with right: Datum) throws(ScriptError) -> Bool {
        if right == .null { return false }
        if left == .null {
            left = right
            return true
        }
        guard case .list(let one) = left, case .list(let other) = right else {
            throw .aggregate("cannot compute 'shortest' on \(left.shown) and \(right.shown)")
        }
        guard other.count < one.count else { return false }
        left = right
        return true
    }

    private func meetBits(_ left: inout Datum, with right: Datum) throws(ScriptError) -> Bool {
        guard case .bytes(let one) = left, case .bytes(let other) = right else {
            throw .aggregate("cannot apply '\(rawValue)' to \(right.shown)")
        }
        if one == other { return false }
        if one.isEmpty {
            left = right
            return true
        }
        let result = try bits(one, other)
        left = .bytes(result)
        return result != one
    }

    func bits(_ one: [UInt8], _ other: [UInt8]) throws(ScriptError) -> [UInt8] {
        guard one.count == other.count else {
            throw .aggregate("operands of '\(rawValue)' must have the same lengths")
        }
        return zip(one, other).map { pair in
            switch self {
            case .bitAnd: pair.0 & pair.1
            case .bitOr: pair.0 | pair.1
            default: pair.0 ^ pair.1
            }
        }
    }
}
