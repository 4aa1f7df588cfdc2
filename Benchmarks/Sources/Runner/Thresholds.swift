import Foundation

/// What the rows of one benchmark must reach: a file in Benchmarks/Thresholds.
///
/// Keys are `row name`, or `row name / rival`. A threshold without its row is a failure: a benchmark that lost a row
/// must not pass for it.
struct Thresholds: Sendable {
    struct Limit: Sendable, Decodable {
        let value: Bound?
        let ratio: Bound?
    }

    struct Bound: Sendable, Decodable {
        let atLeast: Double?
        let atMost: Double?

        func holds(_ figure: Double) -> Bool {
            figure.isFinite && (atLeast.map { figure >= $0 } ?? true) && (atMost.map { figure <= $0 } ?? true)
        }

        func text(of subject: String) -> [String] {
            let floor = atLeast.map { "\(subject) >= \(Table.figure($0))" }
            let ceiling = atMost.map { "\(subject) <= \(Table.figure($0))" }
            return [floor, ceiling].compactMap(\.self)
        }
    }

    private let limits: [String: Limit]

    init(_ limits: [String: Limit]) { self.limits = limits }

    init(contentsOf path: String) throws {
        let data = try Data(contentsOf: URL(filePath: path))
        self.init(try JSONDecoder().decode([String: Limit].self, from: data))
    }

    /// A row for each measurement, and one for each threshold that nothing was measured for.
    func judge(_ measurements: [Figure]) -> [Row] {
        var unused = Set(limits.keys)
        let rows = measurements.map { measured in
            let key = measured.rival.map { "\(measured.name) / \($0.name)" } ?? measured.name
            unused.remove(key)
            let limit = limits[key]
            let isSkipped = measured.rival?.isSkipped ?? false
            let ratio = isSkipped ? nil : measured.rival.map { measured.value / $0.value }
            let texts = (limit?.value?.text(of: "value") ?? []) + (limit?.ratio?.text(of: "ratio") ?? [])
            let meetsValue = measured.value.isFinite && limit?.value?.holds(measured.value) ?? true
            let meetsRatio = isSkipped || (limit?.ratio.map { bound in ratio.map(bound.holds) ?? false } ?? true)
            return Row(
                name: measured.name,
                value: measured.value,
                unit: measured.unit,
                rival: measured.rival?.label,
                rivalValue: isSkipped ? nil : measured.rival?.value,
                ratio: ratio,
                threshold: texts.isEmpty ? nil : texts.joined(separator: ", "),
                pass: meetsValue && meetsRatio
            )
        }
        return rows
            + unused.sorted().map { key in
                Row(
                    name: key,
                    value: 0,
                    unit: "not measured",
                    rival: nil,
                    rivalValue: nil,
                    ratio: nil,
                    threshold: "a row",
                    pass: false
                )
            }
    }
}
