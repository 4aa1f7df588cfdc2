// Types, and values of one type as those of another.
extension Function {
    static let types: [Function] = [
        test("is_null") { $0 == .null }, test("is_int") { if case .int = $0 { true } else { false } },
        test("is_float") { if case .float = $0 { true } else { false } }, test("is_num") { $0.number != nil },
        test("is_finite") { $0.number?.isFinite ?? false },
        test("is_infinite") { if case .float(let number) = $0 { number.isInfinite } else { false } },
        test("is_nan") { if case .float(let number) = $0 { number.isNaN } else { false } },
        test("is_string") { $0.text != nil }, test("is_list") { $0.elements != nil },
        test("is_vec") { if case .vector = $0 { true } else { false } },
        test("is_bytes") { if case .bytes = $0 { true } else { false } },
        test("is_uuid") { if case .uuid = $0 { true } else { false } },
        test("is_json") { if case .json = $0 { true } else { false } },
    ]

    private static func test(_ name: String, _ holds: @escaping @Sendable (Datum) -> Bool) -> Function {
        Function(name, 1) { arguments, _ throws(ScriptError) in .bool(holds(arguments[0])) }
    }

    static let conversions: [Function] = [
        Function("to_bool", 1) { arguments, _ throws(ScriptError) in .bool(arguments[0].isTruthy) },
        Function("to_unity", 1) { arguments, _ throws(ScriptError) in
            if case .float(let number) = arguments[0] { return number != 0 ? 1 : 0 }
            return arguments[0].isTruthy ? 1 : 0
        },
        Function("to_int", 1) { arguments, _ throws(ScriptError) in
            switch arguments[0] {
            case .int: return arguments[0]
            case .float(let number): return .int(clamped(number))
            case .null: return 0
            case .bool(let bool): return bool ? 1 : 0
            case .text(let text):
                guard let number = Int64(text) else {
                    throw .evaluation("The string cannot be interpreted as int")
                }
                return .int(number)
            case .validity(let validity): return .int(validity.moment)
            default: throw .evaluation("'to_int' does not recognize \(arguments[0].shown)")
            }
        },
        Function("to_float", 1) { arguments, _ throws(ScriptError) in
            switch arguments[0] {
            case .int(let number): return .float(Double(number))
            case .float: return arguments[0]
            case .null: return 0.0
            case .bool(let bool): return bool ? 1.0 : 0.0
            case .text(let text): return .float(try float(text))
            default: throw .evaluation("'to_float' does not recognize \(arguments[0].shown)")
            }
        },
        Function("to_string", 1) { arguments, _ throws(ScriptError) in .text(arguments[0].plainText) },
        Function("to_uuid", 1) { arguments, _ throws(ScriptError) in
            switch arguments[0] {
            case .uuid: return arguments[0]
            case .text(let text):
                guard let id = UniqueID(text) else { throw .evaluation("invalid UUID") }
                return .uuid(id)
            default: throw .evaluation("'to_uuid' requires a string")
            }
        },
        Function("uuid_timestamp", 1) { arguments, _ throws(ScriptError) in
            guard case .uuid(let id) = arguments[0] else { throw .evaluation("not an UUID") }
            return id.timestamp.map { .float($0) } ?? .null
        },
        Function("encode_base64", 1) { arguments, _ throws(ScriptError) in
            guard case .bytes(let bytes) = arguments[0] else { throw .evaluation("'encode_base64' requires bytes") }
            return .text(Base64.encode(bytes))
        },
        Function("decode_base64", 1) { arguments, _ throws(ScriptError) in
            guard case .text(let text) = arguments[0] else {
                throw .evaluation("'decode_base64' requires strings")
            }
            guard let bytes = Base64.decode(text) else { throw .evaluation("Data is not properly encoded") }
            return .bytes(bytes)
        },
    ]

    /// The whole part; what no integer can hold becomes the nearest one.
    static func clamped(_ number: Double) -> Int64 {
        if number.isNaN { return 0 }
        if number >= 0x1p63 { return .max }
        return number <= -0x1p63 ? .min : Int64(number)
    }

    private static func float(_ text: String) throws(ScriptError) -> Double {
        switch text {
        case "PI": return .pi
        case "E": return 2.718281828459045
        case "NAN": return .nan
        case "INF": return .infinity
        case "NEG_INF": return -.infinity
        default:
            guard let number = Double(text), !text.lowercased().hasPrefix("0x") else {
                throw .evaluation("The string cannot be interpreted as float")
            }
            return number
        }
    }
}

extension Datum {
    /// What `to_bool` calls true.
    var isTruthy: Bool {
        switch self {
        case .null, .bottom, .json(.null): false
        case .bool(let bool), .json(.bool(let bool)): bool
        case .int, .float: wholeNumber != 0
        case .text(let text), .json(.text(let text)): !text.isEmpty
        case .bytes(let bytes): !bytes.isEmpty
        case .uuid(let id): id != UniqueID(high: 0, low: 0)
        case .regex(let pattern): !pattern.source.isEmpty
        case .list(let elements), .set(let elements): !elements.isEmpty
        case .vector: true
        case .validity(let validity): validity.isAssertion
        case .json(.int(let number)): number != 0
        case .json(.float): true
        case .json(.array(let elements)): !elements.isEmpty
        case .json(.object(let members)): !members.isEmpty
        }
    }
}
