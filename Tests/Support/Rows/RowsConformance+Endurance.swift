import Model
import Ports
import Testing

extension RowsConformance {
    static let endurance = [
        RowsCheck("what was committed is there after reopening") { fixture in
            guard fixture.endurance == .files else { return }
            var before: RowsDigest?
            try await with(fixture) { rows in
                try await put(rows, (0..<100).map { Sample.thing($0, "kept", load: [1, 2, 3]) }, at: 77)
                before = try await digest(rows)
            }
            let rows = try await fixture.open()
            #expect(try await rows.positions().contains(ViewPosition("sample", at: Position(77), version: 3)))
            #expect(try await rows.adopt(Sample.view) == Position(77))
            #expect(try await digest(rows) == before)
            await rows.close()
        },
        RowsCheck("an older view's rows are dropped, a newer view is refused") { fixture in
            guard fixture.endurance == .files else { return }
            try await with(fixture) { rows in try await put(rows, [Sample.thing(1)], at: 5) }
            let tables = [Sample.things, Sample.links]
            var rows = try await fixture.open()
            await refuses(.unsupported) { _ = try await rows.adopt(ViewSchema("sample", version: 2, tables: tables)) }
            await rows.close()
            rows = try await fixture.open()
            let next = ViewSchema("sample", version: 4, tables: tables)
            #expect(try await rows.adopt(next) == nil)
            #expect(try await all(rows).isEmpty)
            #expect(try await rows.positions().contains(ViewPosition("sample", at: nil, version: 4)))
            await rows.close()
        },
        RowsCheck("a purge leaves no byte of what was deleted or replaced") { fixture in
            guard fixture.endurance == .files else { return }
            try await with(fixture) { rows in try await purges(rows, fixture) }
            #expect(try !contains(secretMark, fixture.files()))
        },
    ]

    private static func purges(_ rows: any Rows, _ fixture: any RowsFixture) async throws {
        var random = SeededRandom(seed: 11)
        for round in 0..<6 { try await keepSecrets(rows, at: Int64(round * 3), &random) }
        let hidden = (0..<100).map { _ in secret(&random) }
        try await rows.write(Sample.view.name, .shadow) { transaction throws(StoreError) in
            for row in hidden { try transaction.put(row, in: Sample.things) }
        }
        let rest = try await all(rows)
        #expect(rest.contains { $0[1].text?.hasPrefix(secretMark) ?? false })
        #expect(try contains(secretMark, fixture.files()))
        try await rows.discard(Sample.view.name, .shadow)
        try await put(rows, rest.map { kept($0) }, at: 1000)
        try await rows.purge()
        // While the engine is open: what a copy of its files would show.
        #expect(try !contains(secretMark, fixture.files()))
        #expect(try contains(keptMark, fixture.files()))
        #expect(try await all(rows).count == rest.count)
    }

    /// Sizes that split pages, overflow them and move cells between them.
    private static func keepSecrets(_ rows: any Rows, at position: Int64, _ random: inout SeededRandom) async throws {
        var added: [Row] = []
        var replaced: [Row] = []
        var deleted: [RowKey] = []
        for _ in 0..<250 {
            let row = secret(&random)
            added.append(row)
            if random.chance(300) { replaced.append(kept(row)) }
            if random.chance(400) { deleted.append([row[0]]) }
        }
        try await put(rows, added, at: position)
        try await put(rows, replaced, at: position + 1)
        try await rows.write(Sample.view.name) { [deleted] transaction throws(StoreError) in
            for key in deleted { try transaction.delete(key, from: Sample.things) }
            try transaction.advance(to: Position(position + 2))
        }
    }

    private static let secretMark = "SECRET-OF-SOMEBODY"
    private static let keptMark = "what may be known"

    private static func secret(_ random: inout SeededRandom) -> Row {
        let id = Int64(random.below(600))
        let count = 1 + random.below(random.chance(100) ? 800 : 30)
        let load = Array(String(repeating: "\(secretMark).\(id).", count: count).utf8)
        return Sample.thing(id, "\(secretMark) \(id)", load: load, owner: "\(secretMark) \(random.below(9))")
    }

    private static func kept(_ row: Row) -> Row {
        [row[0], .text(keptMark), .null, .null, .null, .null]
    }

    private static func contains(_ mark: String, _ files: [[UInt8]]) -> Bool {
        let mark = Array(mark.utf8)
        return files.contains { $0.containsBytes(mark) }
    }
}
