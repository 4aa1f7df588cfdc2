import Basics
import FoundationEssentials
import Testing

/// The vectors of Golden/events.json, which a second implementation made.
struct GoldenVector: CustomTestStringConvertible, Sendable {
    let fields: Fields

    static let all: [GoldenVector] = {
        let path = #filePath.replacing("GoldenVectors.swift", with: "Golden/events.json")
        guard let content = FileManager.default.contents(atPath: path) else { return [] }
        let bytes = [UInt8](content)
        var reader = JSONReader(bytes.raw)
        guard case .array(let values)? = try? reader.value() else { return [] }
        return values.compactMap { value in
            guard case .map(let fields) = value else { return nil }
            return GoldenVector(fields: fields)
        }
    }()

    var testDescription: String { text("name") }

    func text(_ key: String) -> String {
        guard case .text(let text)? = fields[key] else { return "" }
        return text
    }

    func bytes(_ key: String) -> [UInt8] { Hex.bytes(text(key)) ?? [] }

    func integer(_ key: String) -> Int64 {
        guard case .integer(let integer)? = fields[key] else { return -1 }
        return integer
    }

    var received: [Int64] {
        guard case .array(let values)? = fields["received"] else { return [] }
        return values.compactMap { if case .integer(let integer) = $0 { integer } else { nil } }
    }
}
