import Datalog
import FilesDriver
import TestSupport
import Testing

@testable import App

/// Stored relations on disks that fail, lie dead in the middle of a write, or rot.
@Suite struct RelationFileTests {
    private static func call() -> Database.Call { Database.Call(now: 0, seed: 1) }

    /// All rows that a database stores, by relation.
    private static func rows(_ database: Database) throws -> [String: [[Datum]]] {
        var rows: [String: [[Datum]]] = [:]
        for name in database.relationNames {
            rows[name] = try database.run("?[k, v] := *\(name)[k, v]", call()).rows
        }
        return rows
    }

    private static func change(_ random: inout SeededRandom) -> String {
        let row = "[\(random.below(9)), '\(String(repeating: "x", count: random.below(700)))']"
        return switch random.below(6) {
        case 0: "?[k] <- [[\(random.below(9))]] :rm r {k}"
        case 1: "?[k, v] <- [\(row)] :replace r {k => v}"
        default: "?[k, v] <- [\(row), [\(random.below(9)), 1]] :put r {k => v}"
        }
    }

    @Test("what was acknowledged is there after any crash, and what was refused is not half there", arguments: 0..<80)
    func crashes(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var faults = DiskFaults()
        faults.writes = [0, 40][random.below(2)]
        faults.syncs = [0, 40][random.below(2)]
        faults.folder = [0, 20][random.below(2)]
        faults.garbage = 300
        var disk = FaultyDisk(seed: UInt64(seed), faults: faults)
        var acknowledged: [String: [[Datum]]] = [:]
        for _ in 0..<6 {
            disk.cutPower(after: random.below(40))
            var attempted = acknowledged
            if let database = try? RelationFile.open(disk) {
                #expect(try Self.rows(database) == acknowledged)
                if database.relationNames.isEmpty {
                    let create = try? database.run("?[k, v] <- [] :create r {k => v}", Self.call())
                    if create != nil { acknowledged = ["r": []] } else { attempted = ["r": []] }
                }
                while !database.relationNames.isEmpty, !disk.isDead, !random.chance(60) {
                    let script = Self.change(&random)
                    let model = try Database([database.image])
                    _ = try model.run(script, Self.call())
                    attempted = try Self.rows(model)
                    guard (try? database.run(script, Self.call())) != nil else {
                        #expect(try Self.rows(database) == acknowledged)
                        #expect(throws: ScriptError.self) { try database.run(script, Self.call()) }
                        break
                    }
                    acknowledged = attempted
                }
            }
            disk = disk.crash(random.chance(500) ? .power : .process)
            disk.faults = .none
            disk.disarm()
            let found = try Self.rows(try RelationFile.open(disk))
            #expect(found == acknowledged || found == attempted, "seed \(seed)\n\(disk.history())")
            acknowledged = found
            disk.faults = faults
        }
    }

    /// A file, and what is stored after each of its frames.
    private static func history() throws -> (bytes: [UInt8], states: [(end: Int, rows: [String: [[Datum]]])]) {
        let disk = FaultyDisk(seed: 1)
        let database = try RelationFile.open(disk)
        var states: [(end: Int, rows: [String: [[Datum]]])] = [(0, [:])]
        for script in [
            ":create r {k: Int => v default 7}", "?[k, v] <- [[1, 'a'], [2, 'b']] :put r {k => v}",
            "?[k] <- [[1]] :rm r {k}", "?[k, v] <- [[3, [1, 2.5]]] :put r {k => v}",
        ] {
            _ = try database.run(script, Self.call())
            states.append((Int(try disk.open(RelationFile.name, .readOnly).size()), try Self.rows(database)))
        }
        let file = try disk.open(RelationFile.name, .readOnly)
        var bytes: [UInt8] = []
        _ = try file.read(into: &bytes, count: Int(try file.size()), at: 0)
        return (bytes, states)
    }

    /// Around the borders of pages every place, elsewhere some.
    private static func isWorthALook(_ place: Int) -> Bool {
        place % 4096 < 90 || place % 4096 > 4090 || place % 197 == 0
    }

    private static func disk(_ bytes: [UInt8]) throws -> FaultyDisk {
        let disk = FaultyDisk(seed: 1)
        try disk.open(RelationFile.name, .create).write(bytes[...], at: 0)
        return disk
    }

    @Test("a file that is cut anywhere is what its whole frames say")
    func cuts() throws {
        let (bytes, states) = try Self.history()
        for end in 0...bytes.count where Self.isWorthALook(end) {
            let disk = try Self.disk(Array(bytes[..<end]))
            let database = try RelationFile.open(disk)
            #expect(try Self.rows(database) == states.last { $0.end <= end }?.rows)
            // It goes on from there.
            if end > states[1].end {
                _ = try database.run("?[k, v] <- [[9, 9]] :put r {k => v}", Self.call())
                #expect(try Self.rows(RelationFile.open(disk)) == Self.rows(database))
            }
        }
    }

    @Test("a byte that changed is noticed: the file is refused, or its last frame was never whole")
    func rot() throws {
        let (bytes, states) = try Self.history()
        let lastFrame = states[states.count - 2]
        for place in bytes.indices where Self.isWorthALook(place) {
            var rotten = bytes
            rotten[place] ^= UInt8(1) << UInt8(place % 8)
            let opened = try? RelationFile.open(Self.disk(rotten))
            if place < lastFrame.end {
                #expect(opened == nil, "byte \(place)")
            } else if let opened {
                #expect(try Self.rows(opened) == lastFrame.rows, "byte \(place)")
            }
        }
    }

    @Test("a file full of what is gone is written anew, and says the same")
    func rewriting() throws {
        let disk = FaultyDisk(seed: 1)
        var database = try RelationFile.open(disk)
        _ = try database.run("?[k, v] <- [[1, 'a']] :create r {k => v}", Self.call())
        let text = String(repeating: "x", count: 100_000)
        for round in 0..<20 {
            let call = Database.Call(parameters: ["v": .text("\(round)\(text)")], now: 0, seed: 1)
            _ = try database.run("?[k, v] := k = 1, v = $v :put r {k => v}", call)
        }
        let before = try Self.rows(database)
        #expect(disk.used > 1_500_000)
        database = try RelationFile.open(disk)
        #expect(try Self.rows(database) == before && disk.used < 300_000)
        _ = try database.run("?[k, v] <- [[2, 'b']] :put r {k => v}", Self.call())
        #expect(try Self.rows(RelationFile.open(disk)) == Self.rows(database))
    }
}
