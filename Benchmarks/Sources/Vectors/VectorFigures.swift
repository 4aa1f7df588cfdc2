/// The rows of one set of vectors: ours beside the best rival's, then every rival's own.
struct VectorFigures: Sendable {
    let ours: VectorRun
    let rivals: [(name: String, run: VectorRun)]

    /// What is compared, and whether more is better.
    private struct Subject: Sendable {
        let name: String
        let unit: String
        var lessIsBetter = false
        let value: @Sendable (VectorRun) -> Double?
    }

    private static let rivalName = "the best rival"

    private static let subjects: [Subject] = [
        Subject(name: "building", unit: "vectors/CPU s") { $0.build?.rate },
        Subject(name: "memory", unit: "MB", lessIsBetter: true) { $0.memory },
        searches("recall 0.95", 0.95) { $0.curve },
        searches("recall 0.99", 0.99) { $0.curve },
        searches("among 0.1 %", 0.95) { $0.filteredCurve(1) },
        searches("among 1 %", 0.95) { $0.filteredCurve(10) },
        searches("among 10 %", 0.95) { $0.filteredCurve(100) },
        searches("among 50 %", 0.95) { $0.filteredCurve(500) },
        Subject(name: "exact", unit: "queries/CPU s") { $0.exact },
    ]

    private static func searches(
        _ name: String,
        _ recall: Double,
        _ curve: @escaping @Sendable (VectorRun) -> [VectorRun.Point]?
    ) -> Subject {
        Subject(name: name, unit: "queries/CPU s") { run in
            curve(run).flatMap { VectorRun.rate(at: recall, of: $0) }
        }
    }

    var all: [Figure] {
        var figures: [Figure] = []
        for subject in Self.subjects {
            guard let value = subject.value(ours) else { continue }
            let others = rivals.compactMap { rival in subject.value(rival.run).map { (rival.name, $0) } }
            let best = others.max { subject.lessIsBetter ? $0.1 > $1.1 : $0.1 < $1.1 }
            figures.append(
                Figure(
                    name: subject.name,
                    value: value,
                    unit: subject.unit,
                    rival: best.map { .init(name: Self.rivalName, value: $0.1) }
                )
            )
            for (name, value) in others {
                figures.append(Figure(name: "\(subject.name), \(name)", value: value, unit: subject.unit))
            }
        }
        if let open = ours.open { figures.append(Figure(name: "opening", value: open, unit: "s")) }
        if let scan = ours.scan {
            figures.append(
                Figure(
                    name: "exact scan",
                    value: scan.one * 1000,
                    unit: "CPU ms",
                    rival: .init(name: "reading the memory", value: scan.probe * 1000)
                )
            )
            figures.append(Figure(name: "exact scan, each of sixteen", value: scan.sixteen / 16 * 1000, unit: "CPU ms"))
        }
        for (name, run) in rivals where run.skipped != nil {
            figures.append(Figure(name: "skipped: \(name)", value: 0, unit: "see above"))
        }
        return figures
    }
}
