import Foundation

/// A line of the result: a measurement, its rival's, and whether that is good enough.
struct Row: Sendable, Encodable {
    let name: String
    let value: Double
    let unit: String
    let rival: String?
    let rivalValue: Double?
    let ratio: Double?
    let threshold: String?
    let pass: Bool

    private enum CodingKeys: CodingKey { case name, value, unit, rival, rivalValue, ratio, threshold, pass }

    /// Every key is there, absent values as null.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(rival, forKey: .rival)
        try container.encode(rivalValue, forKey: .rivalValue)
        try container.encode(ratio, forKey: .ratio)
        try container.encode(threshold, forKey: .threshold)
        try container.encode(pass, forKey: .pass)
    }

    static func write(_ rows: [Row], to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(rows) + Data("\n".utf8)).write(to: URL(filePath: path))
    }
}

/// Rows as people read them.
enum Table {
    static func text(of rows: [Row]) -> String {
        let cells =
            [["", "value", "unit", "rival", "rival's", "ratio", "threshold", ""]]
            + rows.map { row in
                [
                    row.name, figure(row.value), row.unit, row.rival ?? "", row.rivalValue.map(figure) ?? "",
                    row.ratio.map(figure) ?? "", row.threshold ?? "", row.pass ? "" : "MISSED",
                ]
            }
        let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let padded = row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return [1, 4, 5].contains(column) ? space + row[column] : row[column] + space
            }
            return "  " + padded.joined(separator: "  ")
        }
        .joined(separator: "\n")
    }

    /// Three significant digits, or all of the integer part with its thousands apart.
    static func figure(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        if abs(value) < 1 { return String(format: "%.3f", value) }
        if abs(value) < 100 { return String(format: value < 10 ? "%.2f" : "%.1f", value) }
        var digits = Array(String(format: "%.0f", value))
        for place in stride(from: digits.count - 3, to: value < 0 ? 1 : 0, by: -3) { digits.insert(",", at: place) }
        return String(digits)
    }
}
