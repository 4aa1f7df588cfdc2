import Model
import Ports
import Testing

extension RowsConformance {
    static let transactions = [
        RowsCheck("rows and position move together") { fixture in
            try await with(fixture) { rows in
                #expect(try await applied(rows) == nil)
                try await put(rows, [Sample.thing(1, "one"), Sample.thing(2, "two")], at: 0)
                #expect(try await all(rows).map { $0[1] } == [.text("one"), .text("two")])
                #expect(try await applied(rows) == Position(0))
                try await put(rows, [Sample.thing(1, "uno")], at: 7)
                #expect(try await all(rows).map { $0[1] } == [.text("uno"), .text("two")])
                #expect(try await applied(rows) == Position(7))
            }
        },
        RowsCheck("a body that throws leaves nothing") { fixture in
            try await with(fixture) { rows in
                try await put(rows, (1...9).map { Sample.thing($0, "kept", rank: $0) }, at: 4)
                let before = try await digest(rows)
                await refuses(.unexpected) {
                    try await rows.write(Sample.view.name) { transaction throws(StoreError) in
                        try transaction.put(Sample.thing(1, "gone"), in: Sample.things)
                        try transaction.put(Sample.thing(10, "gone"), in: Sample.things)
                        try transaction.delete([.integer(2)], from: Sample.things)
                        try transaction.put(Sample.thing(2, "again"), in: Sample.things)
                        try transaction.put(Sample.link("a", [1], 1), in: Sample.links)
                        try transaction.deleteAll(under: [], from: Sample.things)
                        try transaction.advance(to: Position(9))
                        throw changedMind
                    }
                }
                #expect(try await digest(rows) == before)
                #expect(try await all(rows, Sample.links).isEmpty)
                try await put(rows, [Sample.thing(1, "after")], at: 5)
                #expect(try await applied(rows) == Position(5))
            }
        },
        RowsCheck("a transaction reads what it wrote") { fixture in
            try await with(fixture) { rows in
                try await put(rows, [Sample.thing(1, "old"), Sample.thing(2, "old")])
                try await rows.write(Sample.view.name) { transaction throws(StoreError) in
                    try transaction.put(Sample.thing(1, "new"), in: Sample.things)
                    try transaction.put(Sample.thing(3, "new"), in: Sample.things)
                    #expect(try transaction.delete([.integer(2)], from: Sample.things))
                    #expect(try !transaction.delete([.integer(2)], from: Sample.things))
                    #expect(try transaction.get([.integer(1)], in: Sample.things)?[1] == .text("new"))
                    let three = try transaction.get([[.integer(3)], [.integer(2)], [.integer(1)]], in: Sample.things)
                    #expect(three.map { $0?[1] } == [.text("new"), nil, .text("new")])
                    #expect(try transaction.rows(Scan(Sample.things)).map { $0[0] } == [.integer(1), .integer(3)])
                    #expect(transaction.position == nil)
                    try transaction.advance(to: Position(3))
                    #expect(transaction.position == Position(3))
                    #expect(try transaction.position(of: Sample.view.name) == Position(3))
                }
                #expect(try await all(rows).count == 2)
            }
        },
        RowsCheck("rows are deleted by prefix") { fixture in
            try await with(fixture) { rows in
                let links = [
                    Sample.link("a", [1], 1), Sample.link("a", [1], 2), Sample.link("a", [1, 0], 1),
                    Sample.link("aa", [1], 1), Sample.link("b", [], 1),
                ]
                try await put(rows, links, in: Sample.links)
                let counts = try await rows.write(Sample.view.name) { transaction throws(StoreError) in
                    [
                        try transaction.deleteAll(under: [.text("a"), .blob([1])], from: Sample.links),
                        try transaction.deleteAll(under: [.text("c")], from: Sample.links),
                        try transaction.deleteAll(
                            under: [.text("a"), .blob([1, 0]), .integer(1)],
                            from: Sample.links
                        ),
                    ]
                }
                #expect(counts == [2, 0, 1])
                #expect(try await all(rows, Sample.links) == Array(links[3...]))
                let rest = try await rows.write(Sample.view.name) { transaction throws(StoreError) in
                    try transaction.deleteAll(under: [], from: Sample.links)
                }
                #expect(rest == 2)
            }
        },
        RowsCheck("what does not fit is refused and changes nothing") { fixture in
            try await with(fixture) { rows in
                try await put(rows, [Sample.thing(1, "kept")], at: 3)
                let before = try await digest(rows)
                for misfit in Misfit.allCases {
                    await refuses(.invalid) {
                        try await rows.write(Sample.view.name) { transaction throws(StoreError) in
                            try transaction.put(Sample.thing(2, "before"), in: Sample.things)
                            try misfit.run(transaction)
                        }
                    }
                }
                #expect(try await digest(rows) == before)
                await refuses(.invalid) { try await rows.write("stranger") { _ throws(StoreError) in } }
                await refuses(.invalid) {
                    _ = try await rows.read { snapshot throws(StoreError) in try snapshot.get([], in: Sample.things) }
                }
                await refuses(.invalid) {
                    _ = try await rows.read { snapshot throws(StoreError) in
                        try snapshot.rows(Scan(Table("stranger", key: [.integer("id")], columns: [])))
                    }
                }
            }
        },
        RowsCheck("a unique index forbids a second row, and nulls differ") { fixture in
            try await with(fixture) { rows in
                try await put(
                    rows,
                    [Sample.link("a", [], 1, ticket: "t"), Sample.link("b", [], 1), Sample.link("c", [], 1)],
                    in: Sample.links
                )
                await refuses(.conflict) {
                    try await put(rows, [Sample.link("d", [], 1, ticket: "t")], in: Sample.links)
                }
                try await put(rows, [Sample.link("a", [], 1, ticket: "t")], in: Sample.links)
                try await put(rows, [Sample.link("a", [], 1, ticket: "u")], in: Sample.links)
                try await put(rows, [Sample.link("d", [], 1, ticket: "t")], in: Sample.links)
                #expect(try await all(rows, Sample.links).count == 4)
            }
        },
        RowsCheck("what no engine keeps is cleaned, whatever the engine") { fixture in
            try await with(fixture) { rows in
                try await put(rows, [Sample.thing(1, "a\0b", weight: -0.0), Sample.thing(2, "", weight: .nan)])
                let kept = try await all(rows)
                #expect(kept[0] == Sample.thing(1, "a\u{FFFD}b", weight: 0))
                #expect(kept[0][2].real?.sign == .plus)
                #expect(kept[1] == Sample.thing(2, ""))
            }
        },
    ]
}

/// What every transaction of the sample view refuses as invalid.
private enum Misfit: CaseIterable {
    case tooFewValues, keyOfOtherType, nullWhereRequired, valueOfOtherType
    case tableOfOtherView, tableOtherwiseDeclared
    case getByOtherType, getByLongKey, deleteByNoKey, deleteByLongPrefix
    case positionOfOtherView, advanceToSame, advanceBack
    case writeInScan, boundBeyondKey, boundOfOtherType, boundOfNull

    func run(_ transaction: any RowsTransaction) throws(StoreError) {
        let things = RowsSample.things
        switch self {
        case .tooFewValues: try transaction.put([.integer(5)], in: things)
        case .keyOfOtherType: try transaction.put([.text("5"), .text(""), .null, .null, .null, .null], in: things)
        case .nullWhereRequired: try transaction.put([.integer(5), .null, .null, .null, .null, .null], in: things)
        case .valueOfOtherType:
            try transaction.put([.integer(5), .text(""), .integer(1), .null, .null, .null], in: things)
        case .tableOfOtherView: try transaction.put([.text("m")], in: RowsSample.marks)
        case .tableOtherwiseDeclared:
            try transaction.put([.integer(1)], in: Table("things", key: [.integer("id")], columns: []))
        case .getByOtherType: _ = try transaction.get([.text("1")], in: things)
        case .getByLongKey: _ = try transaction.get([[.integer(1), .integer(1)]], in: things)
        case .deleteByNoKey: try transaction.delete([], from: things)
        case .deleteByLongPrefix: try transaction.deleteAll(under: [.integer(1), .integer(1)], from: things)
        case .positionOfOtherView: _ = try transaction.position(of: RowsSample.other.name)
        case .advanceToSame: try transaction.advance(to: Position(3))
        case .advanceBack: try transaction.advance(to: Position(2))
        case .writeInScan:
            try transaction.scan(Scan(things)) { _ throws(StoreError) in
                try transaction.put(RowsSample.thing(6), in: things)
                return .next
            }
        case .boundBeyondKey:
            var scan = Scan(things, prefix: [.integer(1)])
            scan.from = .including(.integer(1))
            _ = try transaction.rows(scan)
        case .boundOfOtherType:
            var scan = Scan(things)
            scan.to = .excluding(.text("1"))
            _ = try transaction.rows(scan)
        case .boundOfNull:
            var scan = Scan(things, by: ["owner"])
            scan.from = .excluding(.null)
            _ = try transaction.rows(scan)
        }
    }
}
