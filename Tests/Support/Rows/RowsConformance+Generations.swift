import Model
import Ports
import Testing

extension RowsConformance {
    static let generations = [
        RowsCheck("a shadow grows beside the live rows and takes their place") { fixture in
            try await with(fixture) { rows in
                try await put(rows, (0..<20).map { Sample.thing($0, "live", owner: "o") }, at: 9)
                let live = try await digest(rows)
                try await rows.write(Sample.view.name, .shadow) { transaction throws(StoreError) in
                    #expect(transaction.position == nil)
                    #expect(try transaction.rows(Scan(Sample.things)).isEmpty)
                    try transaction.put(Sample.thing(1, "shadow", owner: "s"), in: Sample.things)
                    try transaction.advance(to: Position(3))
                }
                #expect(try await digest(rows) == live)
                #expect(try await digest(rows, .shadow).position == Position(3))
                #expect(try await all(rows, Sample.things, .shadow) == [Sample.thing(1, "shadow", owner: "s")])
                try await put(rows, [Sample.thing(50, "live")], at: 10)
                try await rows.write(Sample.view.name, .shadow) { transaction throws(StoreError) in
                    #expect(transaction.position == Position(3))
                    try transaction.put(Sample.thing(2, "shadow", owner: "s"), in: Sample.things)
                    try transaction.advance(to: Position(12))
                }
                let shadow = try await digest(rows, .shadow)
                try await rows.promote(Sample.view.name)
                #expect(try await digest(rows) == shadow)
                #expect(try await applied(rows) == Position(12))
                let byIndex = try await rows.read { snapshot throws(StoreError) in
                    try snapshot.rows(Scan(Sample.things, by: ["owner"], prefix: [.text("s")])).count
                }
                #expect(byIndex == 2)
                await refuses(.notFound) { _ = try await digest(rows, .shadow) }
                await refuses(.notFound) { try await rows.promote(Sample.view.name) }
                try await put(rows, [Sample.thing(3, "after")], at: 13)
                #expect(try await all(rows).count == 3)
            }
        },
        RowsCheck("a shadow that throws at first is not there") { fixture in
            try await with(fixture) { rows in
                await refuses(.unexpected) {
                    try await rows.write(Sample.view.name, .shadow) { transaction throws(StoreError) in
                        try transaction.put(Sample.thing(1), in: Sample.things)
                        throw changedMind
                    }
                }
                await refuses(.notFound) { _ = try await all(rows, Sample.things, .shadow) }
            }
        },
        RowsCheck("a base is a copy of a moment, and begins a shadow") { fixture in
            try await with(fixture) { rows in try await copies(rows) }
        },
        RowsCheck("a base outlives a restart, and goes with an older version") { fixture in
            guard fixture.endurance == .files else { return }
            try await with(fixture) { rows in
                try await put(rows, [Sample.thing(1, "base")], at: 1)
                try await rows.copy(Sample.view.name, from: .live, to: .base)
                try await put(rows, [Sample.thing(1, "live")], at: 2)
            }
            try await with(fixture) { rows in
                let kept = try await all(rows, Sample.things, .base)
                #expect(kept == [Sample.thing(1, "base")])
            }
            let rows = try await fixture.open()
            _ = try await rows.adopt(ViewSchema("sample", version: 4, tables: [Sample.things, Sample.links]))
            await refuses(.notFound) { _ = try await all(rows, Sample.things, .base) }
            await rows.close()
        },
        RowsCheck("discarding drops one generation of one view") { fixture in
            try await with(fixture) { rows in
                try await put(rows, [Sample.thing(1, "live")], at: 1)
                try await rows.write(Sample.other.name) { transaction throws(StoreError) in
                    try transaction.put([.text("kept")], in: Sample.marks)
                    try transaction.advance(to: Position(5))
                }
                try await rows.write(Sample.view.name, .shadow) { transaction throws(StoreError) in
                    try transaction.put(Sample.thing(1, "shadow"), in: Sample.things)
                }
                try await rows.discard(Sample.view.name, .shadow)
                try await rows.discard(Sample.view.name, .shadow)
                await refuses(.notFound) { _ = try await digest(rows, .shadow) }
                #expect(try await all(rows).count == 1)
                try await rows.discard(Sample.view.name, .live)
                #expect(try await all(rows).isEmpty)
                #expect(try await applied(rows) == nil)
                #expect(try await applied(rows, Sample.other) == Position(5))
                #expect(try await all(rows, Sample.marks) == [[.text("kept")]])
                try await put(rows, [Sample.thing(1, "again")], at: 0)
                #expect(try await applied(rows) == Position(0))
            }
        },
    ]

    private static func copies(_ rows: any Rows) async throws {
        let view = Sample.view.name
        await refuses(.notFound) { try await rows.copy(view, from: .base, to: .shadow) }
        try await put(rows, (0..<30).map { Sample.thing($0, "base", owner: "b") }, at: 7)
        let moment = try await digest(rows)
        try await rows.copy(view, from: .live, to: .base)
        try await put(rows, [Sample.thing(3, "live"), Sample.thing(99, "live")], at: 8)
        #expect(try await digest(rows, .base) == moment)
        await refuses(.invalid) { try await rows.write(view, .base) { _ throws(StoreError) in } }
        await refuses(.invalid) { try await rows.copy(view, from: .base, to: .live) }
        await refuses(.invalid) { try await rows.copy(view, from: .base, to: .base) }
        await refuses(.notFound) { try await rows.copy(view, from: .shadow, to: .base) }
        #expect(try await rows.positions().map(\.position) == [nil, Position(8)])
        try await rows.copy(view, from: .base, to: .shadow)
        await refuses(.conflict) { try await rows.promote(view) }
        try await rows.write(view, .shadow) { transaction throws(StoreError) in
            #expect(transaction.position == Position(7))
            try transaction.put(Sample.thing(3, "shadow"), in: Sample.things)
            try transaction.advance(to: Position(8))
        }
        try await rows.promote(view)
        #expect(try await all(rows).filter { $0[1] == .text("shadow") }.count == 1)
        #expect(try await all(rows).count == 30)
        #expect(try await digest(rows, .base) == moment)
        #expect(try await rows.adopt(Sample.view) == Position(8))
        #expect(try await digest(rows, .base) == moment)
        try await rows.copy(view, from: .live, to: .base)
        #expect(try await digest(rows, .base) == digest(rows))
        try await rows.discard(view, .base)
        await refuses(.notFound) { _ = try await digest(rows, .base) }
        #expect(try await all(rows).count == 30)
    }

    static let adoption = [
        RowsCheck("positions tell how far each view is, without shadows") { fixture in
            try await with(fixture) { rows in
                try await put(rows, [], at: 6)
                try await rows.write(Sample.other.name, .shadow) { transaction throws(StoreError) in
                    try transaction.advance(to: Position(99))
                }
                #expect(
                    try await rows.positions() == [
                        ViewPosition("other", at: nil, version: 1), ViewPosition("sample", at: Position(6), version: 3),
                    ]
                )
            }
        },
        RowsCheck("adopting again changes nothing, but drops what a rebuild left") { fixture in
            try await with(fixture) { rows in
                try await put(rows, [Sample.thing(1)], at: 6)
                try await rows.write(Sample.view.name, .shadow) { transaction throws(StoreError) in
                    try transaction.put(Sample.thing(2), in: Sample.things)
                }
                #expect(try await rows.adopt(Sample.view) == Position(6))
                #expect(try await all(rows) == [Sample.thing(1)])
                await refuses(.notFound) { _ = try await all(rows, Sample.things, .shadow) }
            }
        },
        RowsCheck("a view cannot have another's table, nor be two") { fixture in
            try await with(fixture) { rows in
                await refuses(.invalid) {
                    _ = try await rows.adopt(ViewSchema("thief", version: 1, tables: [Sample.marks]))
                }
                await refuses(.invalid) {
                    _ = try await rows.adopt(ViewSchema("sample", version: 4, tables: [Sample.things, Sample.links]))
                }
                let unchanged = try await rows.adopt(Sample.view)
                #expect(unchanged == nil)
            }
        },
        RowsCheck("after closing everything is refused") { fixture in
            let rows = try await fixture.open()
            _ = try await rows.adopt(Sample.view)
            await rows.close()
            await rows.close()
            await refuses(.cancelled) { _ = try await rows.adopt(Sample.view) }
            await refuses(.cancelled) { try await rows.write(Sample.view.name) { _ throws(StoreError) in } }
            await refuses(.cancelled) { try await rows.read { _ throws(StoreError) in } }
            await refuses(.cancelled) { try await rows.purge() }
            await refuses(.cancelled) { _ = try await rows.positions() }
        },
    ]
}
