// Lists, and lists as sets.
extension Function {
    static let lists: [Function] = [
        Function("list", 0, variadic: true) { arguments, _ throws(ScriptError) in .list(arguments) },
        Function("length", 1) { arguments, _ throws(ScriptError) in
            switch arguments[0] {
            case .list(let elements), .set(let elements): return .int(Int64(elements.count))
            case .text(let text): return .int(Int64(text.unicodeScalars.count))
            case .bytes(let bytes): return .int(Int64(bytes.count))
            case .vector(let vector): return .int(Int64(vector.count))
            default: throw .evaluation("'length' requires lists")
            }
        },
        Function("append", 2) { arguments, _ throws(ScriptError) in
            .list(try elements(arguments[0], "'append' requires first argument to be a list") + [arguments[1]])
        },
        Function("prepend", 2) { arguments, _ throws(ScriptError) in
            .list([arguments[1]] + (try elements(arguments[0], "'prepend' requires first argument to be a list")))
        },
        Function("sorted", 1) { arguments, _ throws(ScriptError) in
            .list(try list(arguments[0], "'sort' requires lists").sorted())
        },
        Function("reverse", 1) { arguments, _ throws(ScriptError) in
            .list(try list(arguments[0], "'reverse' requires lists").reversed())
        },
        Function("first", 1) { arguments, _ throws(ScriptError) in
            try list(arguments[0], "'first' requires lists").first ?? .null
        },
        Function("last", 1) { arguments, _ throws(ScriptError) in
            try list(arguments[0], "'last' requires lists").last ?? .null
        },
        Function("chunks", 2) { arguments, _ throws(ScriptError) in try chunks(arguments, "chunks", exact: false) },
        Function("chunks_exact", 2) { arguments, _ throws(ScriptError) in
            try chunks(arguments, "chunks_exact", exact: true)
        },
        Function("windows", 2) { arguments, _ throws(ScriptError) in
            let elements = try list(arguments[0], "first argument of 'windows' must be a list")
            let size = try size(arguments[1], "windows")
            guard size <= elements.count else { return [] }
            return .list((0...elements.count - size).map { .list(Array(elements[$0..<$0 + size])) })
        },
        Function("slice", 3) { arguments, _ throws(ScriptError) in
            let elements = try list(arguments[0], "first argument to 'slice' mut be a list")
            guard let from = arguments[1].wholeNumber else {
                throw .evaluation("second argument to 'slice' mut be an integer")
            }
            guard let to = arguments[2].wholeNumber else {
                throw .evaluation("third argument to 'slice' mut be an integer")
            }
            let start = try index(from, elements.count, isEnd: false)
            let end = try index(to, elements.count, isEnd: true)
            guard start <= end else { throw .evaluation("slice from \(start) to \(end) runs backwards") }
            return .list(Array(elements[start..<end]))
        },
        Function("get", 2, variadic: true) { arguments, _ throws(ScriptError) in
            guard arguments.count > 2 else { return try element(arguments) }
            return (try? element(arguments)) ?? arguments[2]
        },
        Function("maybe_get", 2) { arguments, _ throws(ScriptError) in
            (try? element(arguments)) ?? .null
        },
        Function("int_range", 1, variadic: true) { arguments, _ throws(ScriptError) in try range(arguments) },
    ]

    static let sets: [Function] = [
        Function("union", 1, variadic: true) { arguments, _ throws(ScriptError) in
            var all: [Datum] = []
            for argument in arguments { all += try elements(argument, "'union' requires lists") }
            return .list(Datum.sortedUnique(all))
        },
        Function("difference", 2, variadic: true) { arguments, _ throws(ScriptError) in
            var rest = Set(try elements(arguments[0], "'difference' requires lists"))
            for argument in arguments.dropFirst() {
                rest.subtract(try elements(argument, "'difference' requires lists"))
            }
            return .list(rest.sorted())
        },
        Function("intersection", 1, variadic: true) { arguments, _ throws(ScriptError) in
            var kept = Set(try elements(arguments[0], "'intersection' requires lists"))
            for argument in arguments.dropFirst() {
                kept.formIntersection(try elements(argument, "'intersection' requires lists"))
            }
            return .list(kept.sorted())
        },
    ]

    /// The elements of a list or of a set.
    private static func elements(_ value: Datum, _ complaint: String) throws(ScriptError) -> [Datum] {
        guard let elements = value.elements else { throw .evaluation(complaint) }
        return elements
    }

    /// The elements of a list, and of nothing else.
    private static func list(_ value: Datum, _ complaint: String) throws(ScriptError) -> [Datum] {
        guard case .list(let elements) = value else { throw .evaluation(complaint) }
        return elements
    }

    private static func size(_ value: Datum, _ name: String) throws(ScriptError) -> Int {
        guard let size = value.wholeNumber else {
            throw .evaluation("second argument of '\(name)' must be an integer")
        }
        guard size > 0 else { throw .evaluation("second argument to '\(name)' must be positive") }
        return Int(size)
    }

    private static func chunks(_ arguments: [Datum], _ name: String, exact: Bool) throws(ScriptError) -> Datum {
        let elements = try list(arguments[0], "first argument of '\(name)' must be a list")
        let size = try size(arguments[1], name)
        let starts = stride(from: 0, to: elements.count, by: size).filter { !exact || $0 + size <= elements.count }
        return .list(starts.map { .list(Array(elements[$0..<min($0 + size, elements.count)])) })
    }

    /// A place in a list; negative ones count from the end.
    private static func index(_ place: Int64, _ count: Int, isEnd: Bool) throws(ScriptError) -> Int {
        let index = place < 0 ? place + Int64(count) : place
        guard index >= 0, index < count || isEnd && index == count else {
            throw .evaluation("index \(index) out of bound")
        }
        return Int(index)
    }

    private static func element(_ arguments: [Datum]) throws(ScriptError) -> Datum {
        switch arguments[0] {
        case .list(let elements):
            guard let place = arguments[1].wholeNumber else {
                throw .evaluation("second argument to 'get' mut be an integer")
            }
            return elements[try index(place, elements.count, isEnd: false)]
        case .json(let tree):
            let keys: [Datum]
            switch arguments[1] {
            case .list(let path): keys = path
            case .text, .int, .float: keys = [arguments[1]]
            default: throw .evaluation("second argument to 'get' mut be a string or integer")
            }
            return try tree.descendant(keys).scalar
        default: throw .evaluation("first argument to 'get' mut be a list or json")
        }
    }

    /// No list that a script can ask for fills the memory.
    private static let longestRange: Int64 = 1 << 28

    private static func range(_ arguments: [Datum]) throws(ScriptError) -> Datum {
        guard arguments.count <= 3 else { throw .evaluation("'int_range' requires 1 to 3 argument") }
        var numbers: [Int64] = []
        for argument in arguments {
            guard let number = argument.wholeNumber else {
                throw .evaluation("'int_range' requires integer argument for \(numbers.isEmpty ? "start" : "end")")
            }
            numbers.append(number)
        }
        let start = numbers.count == 1 ? 0 : numbers[0]
        let end = numbers.count == 1 ? numbers[0] : numbers[1]
        let step = numbers.count == 3 ? numbers[2] : 1
        guard step != 0 else { throw .evaluation("'int_range' requires a step other than 0") }
        let (span, overflow) = end.subtractingReportingOverflow(start)
        guard !overflow, span / step < longestRange else { throw .evaluation("'int_range' is too long") }
        return .list(stride(from: start, to: end, by: Int(step)).map { .int($0) })
    }
}
