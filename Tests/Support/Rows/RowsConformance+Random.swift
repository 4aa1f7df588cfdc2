import Basics
import Model
import OpenSSLDriver
import Ports
import Testing

extension RowsConformance {
    static let random = [
        RowsCheck("random histories agree with a plain model") { fixture in
            for seed in 1...6 as ClosedRange<UInt64> { try await history(seed, fixture) }
        }
    ]

    /// Random transactions, some of which throw, against a dictionary.
    private static func history(_ seed: UInt64, _ fixture: any RowsFixture) async throws {
        var random = SeededRandom(seed: seed)
        var model = RowsModel()
        var rows = try await fixture.open()
        _ = try await rows.adopt(Sample.view)
        try await rows.discard(Sample.view.name, .live)
        for step in 0..<60 {
            if fixture.endurance == .files, random.chance(40) {
                await rows.close()
                rows = try await fixture.open()
                #expect(try await rows.adopt(Sample.view) == model.position, "seed \(seed) step \(step)")
            }
            let steps = (0..<(1 + random.below(40))).map { _ in RowsModel.Step.random(&random) }
            let fails = random.chance(200)
            let position = Position((model.position?.index ?? -1) + 1 + Int64(random.below(4)))
            let before = model
            let expected = steps.map { model.run($0) }
            model.position = position
            do {
                let answers = try await rows.write(Sample.view.name) { transaction throws(StoreError) in
                    var answers: [RowsModel.Answer] = []
                    for step in steps { answers.append(try step.run(transaction)) }
                    try transaction.advance(to: position)
                    if fails { throw changedMind }
                    return answers
                }
                #expect(answers == expected, "seed \(seed) step \(step)")
            } catch {
                #expect(fails, "seed \(seed) step \(step): \(error)")
                model = before
            }
            #expect(try await all(rows) == model.things.sorted, "seed \(seed) step \(step)")
            #expect(try await all(rows, Sample.links) == model.links.sorted, "seed \(seed) step \(step)")
            #expect(try await applied(rows) == model.position)
        }
        await rows.close()
    }
}

/// Two tables as dictionaries.
struct RowsModel {
    enum Step: Sendable {
        case put(Row)
        case putLink(Row)
        case get(RowKey)
        case delete(RowKey)
        case deleteAll([RowValue])
        case deleteLinks([RowValue])
    }

    enum Answer: Equatable, Sendable { case nothing, row(Row?), count(Int) }

    var things = Rows()
    var links = Rows()
    var position: Position?

    struct Rows {
        var byKey: [RowKey: Row] = [:]
        var sorted: [Row] { byKey.keys.sorted { $0.order($1) < 0 }.compactMap { byKey[$0] } }

        mutating func deleteAll(_ prefix: [RowValue]) -> Int {
            let keys = byKey.keys.filter { Array($0.prefix(prefix.count)) == prefix }
            for key in keys { byKey[key] = nil }
            return keys.count
        }
    }

    mutating func run(_ step: Step) -> Answer {
        switch step {
        case .put(let row): things.byKey[[row[0]]] = row
        case .putLink(let row): links.byKey[Array(row[..<3])] = row
        case .get(let key): return .row(things.byKey[key])
        case .delete(let key): return .count(things.byKey.removeValue(forKey: key) == nil ? 0 : 1)
        case .deleteAll(let prefix): return .count(things.deleteAll(prefix))
        case .deleteLinks(let prefix): return .count(links.deleteAll(prefix))
        }
        return .nothing
    }
}

extension RowsModel.Step {
    static func random(_ random: inout SeededRandom) -> Self {
        let id = Int64(random.below(50)) - 25
        let via = random.bytes(random.below(3)).map { $0 & 3 }
        let link = RowsSample.link("n\(random.below(4))", via, id)
        switch random.below(100) {
        case 0..<45:
            let load = random.chance(300) ? random.bytes(random.below(6000)) : nil
            let weight = random.chance(500) ? Double(random.below(1000)) / 7 : nil
            return .put(RowsSample.thing(id, "t\(random.below(9))", weight: weight, load: load, rank: id % 5))
        case 45..<65: return .putLink(link)
        case 65..<80: return .get([.integer(id)])
        case 80..<92: return .delete([.integer(id)])
        case 92..<99: return .deleteLinks(Array(link[..<random.below(4)]))
        default: return .deleteAll([])
        }
    }

    func run(_ transaction: any RowsTransaction) throws(StoreError) -> RowsModel.Answer {
        switch self {
        case .put(let row): try transaction.put(row, in: RowsSample.things)
        case .putLink(let row): try transaction.put(row, in: RowsSample.links)
        case .get(let key): return .row(try transaction.get(key, in: RowsSample.things))
        case .delete(let key): return .count(try transaction.delete(key, from: RowsSample.things) ? 1 : 0)
        case .deleteAll(let prefix): return .count(try transaction.deleteAll(under: prefix, from: RowsSample.things))
        case .deleteLinks(let prefix): return .count(try transaction.deleteAll(under: prefix, from: RowsSample.links))
        }
        return .nothing
    }
}
