/// What a column of a stored relation takes.
struct ColumnType: Hashable, Sendable {
    let kind: Kind
    let isNullable: Bool

    indirect enum Kind: Hashable, Sendable {
        case any, bool, int, float, text, bytes, uuid, json, validity
        case list(ColumnType, count: Int?)
        case tuple([ColumnType])
        case vector(Width, count: Int)
    }

    enum Width: String, Hashable, Sendable {
        case single = "F32"
        case double = "F64"
    }
}

extension ColumnType.Kind {
    /// The kind that a word of a schema names.
    init?(_ word: String) {
        switch word {
        case "Any": self = .any
        case "Bool": self = .bool
        case "Int": self = .int
        case "Float": self = .float
        case "String": self = .text
        case "Bytes": self = .bytes
        case "Uuid": self = .uuid
        case "Json": self = .json
        case "Validity": self = .validity
        default: return nil
        }
    }
}

extension ColumnType: CustomStringConvertible {
    var description: String {
        let name =
            switch kind {
            case .any: "Any"
            case .bool: "Bool"
            case .int: "Int"
            case .float: "Float"
            case .text: "String"
            case .bytes: "Bytes"
            case .uuid: "Uuid"
            case .json: "Json"
            case .validity: "Validity"
            case .list(let element, let count): "[\(element)" + (count.map { ";\($0)" } ?? "") + "]"
            case .tuple(let elements): "(" + elements.map { "\($0)" }.joined(separator: ",") + ")"
            case .vector(let width, let count): "<\(width.rawValue);\(count)>"
            }
        return name + (isNullable ? "?" : "")
    }
}
