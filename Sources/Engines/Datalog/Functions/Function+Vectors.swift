// Vectors, places on the globe, the time and chance.
extension Function {
    static let vectors: [Function] = [
        Function("vec", 1, variadic: true) { arguments, _ throws(ScriptError) in
            let width = try width(arguments, "vec")
            switch arguments[0] {
            case .list(let elements): return .vector(try vector(elements, width))
            case .json(.array(let elements)): return .vector(try vector(elements.map(\.scalar), width))
            case .vector(let vector):
                return .vector(width == .single ? .float(vector.doubles.map(Float.init)) : .double(vector.doubles))
            case .text(let text):
                guard let bytes = Base64.decode(text) else { throw .evaluation("Data is not base64 encoded") }
                return .vector(vector(bytes: bytes, width))
            default: throw .evaluation("'vec' requires a list or a vector")
            }
        },
        Function("rand_vec", 1, variadic: true, pure: false) { arguments, context throws(ScriptError) in
            guard let count = arguments[0].wholeNumber, count >= 0, count <= 1 << 24 else {
                throw .evaluation("'rand_vec' requires an integer")
            }
            let numbers = (0..<count).map { _ in context.randomUnit() }
            let width = try width(arguments, "vec")
            return .vector(width == .single ? .float(numbers.map(Float.init)) : .double(numbers))
        },
        Function("l2_normalize", 1) { arguments, _ throws(ScriptError) in
            guard case .vector(let vector) = arguments[0] else {
                throw .evaluation("'l2_normalize' requires a vector")
            }
            let length = dot(vector, vector).squareRoot()
            return .vector(vector.map { $0 / vector.rounded(length) })
        },
        distance("l2_dist") { one, other in
            zip(one.doubles, other.doubles).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        },
        distance("ip_dist") { 1 - dot($0, $1) },
        distance("cos_dist") { 1 - dot($0, $1) / (dot($0, $0) * dot($1, $1)).squareRoot() },
    ]

    private static func dot(_ one: Vector, _ other: Vector) -> Double {
        if case (.float(let one), .float(let other)) = (one, other) {
            return Double(zip(one, other).reduce(Float(0)) { $0 + $1.0 * $1.1 })
        }
        return zip(one.doubles, other.doubles).reduce(0) { $0 + $1.0 * $1.1 }
    }

    private static func distance(
        _ name: String,
        _ measure: @escaping @Sendable (Vector, Vector) -> Double
    ) -> Function {
        Function(name, 2) { arguments, _ throws(ScriptError) in
            guard case (.vector(let one), .vector(let other)) = (arguments[0], arguments[1]) else {
                throw .evaluation("'\(name)' requires two vectors of the same type")
            }
            switch (one, other) {
            case (.float, .double), (.double, .float):
                throw .evaluation("'\(name)' requires two vectors of the same type")
            default: break
            }
            guard one.count == other.count else {
                throw .evaluation("'\(name)' requires two vectors of the same length")
            }
            return .float(measure(one, other))
        }
    }

    private static func width(_ arguments: [Datum], _ name: String) throws(ScriptError) -> ColumnType.Width {
        guard arguments.count > 1 else { return .single }
        guard case .text(let text) = arguments[1] else {
            throw .evaluation("'\(name)' requires a string as second argument")
        }
        switch text {
        case "F32", "Float": return .single
        case "F64", "Double": return .double
        default: throw .evaluation("'\(name)' does not recognize type \(text)")
        }
    }

    static func vector(_ elements: [Datum], _ width: ColumnType.Width) throws(ScriptError) -> Vector {
        var numbers: [Double] = []
        for element in elements {
            guard let number = element.number else { throw .evaluation("'vec' requires a list of numbers") }
            numbers.append(number)
        }
        return width == .single ? .float(numbers.map(Float.init)) : .double(numbers)
    }

    private static func vector(bytes: [UInt8], _ width: ColumnType.Width) -> Vector {
        func word(_ start: Int, _ size: Int) -> UInt64 {
            (0..<size).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
        if width == .single {
            return .float(
                stride(from: 0, through: bytes.count - 4, by: 4).map {
                    Float(bitPattern: UInt32(word($0, 4)))
                }
            )
        }
        return .double(stride(from: 0, through: bytes.count - 8, by: 8).map { Double(bitPattern: word($0, 8)) })
    }

    static let places: [Function] = [
        Function("haversine", 4) { arguments, _ throws(ScriptError) in
            .float(try haversine(arguments, "haversine", scale: 1))
        },
        Function("haversine_deg_input", 4) { arguments, _ throws(ScriptError) in
            .float(try haversine(arguments, "haversine_deg_input", scale: .pi / 180))
        },
        Function("deg_to_rad", 1) { arguments, _ throws(ScriptError) in
            guard let degrees = arguments[0].number else { throw .evaluation("'deg_to_rad' requires numbers") }
            return .float(degrees * .pi / 180)
        },
        Function("rad_to_deg", 1) { arguments, _ throws(ScriptError) in
            guard let radians = arguments[0].number else { throw .evaluation("'rad_to_deg' requires numbers") }
            return .float(radians * 180 / .pi)
        },
    ]

    private static func haversine(
        _ arguments: [Datum],
        _ name: String,
        scale: Double
    ) throws(ScriptError) -> Double {
        var angles: [Double] = []
        for argument in arguments {
            guard let angle = argument.number else { throw .evaluation("'\(name)' requires numbers") }
            angles.append(scale == 1 ? angle : angle * .pi / 180)
        }
        let one = Elementary.sine((angles[0] - angles[2]) / 2)
        let other = Elementary.sine((angles[1] - angles[3]) / 2)
        let product = Elementary.cosine(angles[0]) * Elementary.cosine(angles[2])
        return 2 * Elementary.arcSine((one * one + product * other * other).squareRoot())
    }

    // MARK: Time

    static let moments: [Function] = [
        Function("now", 0, pure: false) { _, context throws(ScriptError) in
            .float(Double(context.now) / 1_000_000)
        },
        Function("format_timestamp", 1, variadic: true) { arguments, _ throws(ScriptError) in
            let milliseconds: Int64
            if case .validity(let validity) = arguments[0] {
                milliseconds = validity.moment / 1000
            } else {
                guard let seconds = arguments[0].number else {
                    throw .evaluation("'format_timestamp' expects a number")
                }
                milliseconds = clamped(seconds * 1000)
            }
            guard milliseconds.magnitude < 8_000_000_000_000_000 else {
                throw .evaluation("bad time: \(arguments[0].shown)")
            }
            var zone = "UTC"
            if arguments.count > 1 {
                guard case .text(let name) = arguments[1] else {
                    throw .evaluation("'format_timestamp' timezone specification requires a string")
                }
                zone = name
            }
            guard zone == "UTC" else {
                throw ScriptError(.unsupported, "time zones other than UTC are not supported yet: \(zone)")
            }
            return .text(Timestamp(microseconds: milliseconds * 1000).description)
        },
        Function("parse_timestamp", 1) { arguments, _ throws(ScriptError) in
            guard case .text(let text) = arguments[0] else {
                throw .evaluation("'parse_timestamp' expects a string")
            }
            guard let time = Timestamp(text) else { throw .evaluation("bad datetime: \(text)") }
            return .float(time.seconds)
        },
        Function("validity", 1, variadic: true) { arguments, _ throws(ScriptError) in
            guard let moment = arguments[0].wholeNumber else {
                throw .evaluation("'validity' expects an integer")
            }
            guard arguments.count > 1 else { return .validity(Validity(moment: moment, isAssertion: true)) }
            guard case .bool(let isAssertion) = arguments[1] else {
                throw .evaluation("'validity' expects a boolean as second argument")
            }
            return .validity(Validity(moment: moment, isAssertion: isAssertion))
        },
    ]

    // MARK: Chance

    static let chances: [Function] = [
        Function("rand_float", 0, pure: false) { _, context throws(ScriptError) in .float(context.randomUnit()) },
        Function("rand_bernoulli", 1, pure: false) { arguments, context throws(ScriptError) in
            guard let chance = arguments[0].number, chance >= 0, chance <= 1 else {
                throw .evaluation("'rand_bernoulli' requires number between 0. and 1.")
            }
            return .bool(context.randomUnit() < chance)
        },
        Function("rand_int", 2, pure: false) { arguments, context throws(ScriptError) in
            guard let low = arguments[0].wholeNumber, let high = arguments[1].wholeNumber else {
                throw .evaluation("'rand_int' requires integers")
            }
            guard low <= high else { throw .evaluation("'rand_int' requires a lower bound below the upper one") }
            let width = UInt64(bitPattern: high &- low)
            let offset = width == .max ? context.word() : context.number(below: width + 1)
            return .int(low &+ Int64(bitPattern: offset))
        },
        Function("rand_choose", 1, pure: false) { arguments, context throws(ScriptError) in
            guard let elements = arguments[0].elements else { throw .evaluation("'rand_choice' requires lists") }
            if elements.isEmpty { return .null }
            return elements[Int(context.number(below: UInt64(elements.count)))]
        },
        Function("rand_uuid_v1", 0, pure: false) { _, context throws(ScriptError) in
            let ticks = UInt64(bitPattern: context.now &* 10) &+ 0x01B2_1DD2_1381_4000
            let high = ticks << 32 | ticks >> 16 & 0xFFFF_0000 | 0x1000 | ticks >> 48 & 0xFFF
            return .uuid(UniqueID(high: high, low: context.word() & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63))
        },
        Function("rand_uuid_v4", 0, pure: false) { _, context throws(ScriptError) in
            let high = context.word() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
            return .uuid(UniqueID(high: high, low: context.word() & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63))
        },
    ]
}
