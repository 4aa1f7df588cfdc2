import Basics
import TestSupport
import Testing

@testable import Datalog

/// What transactions say they did, against what they did.
@Suite struct ChangesTests {
    /// Keeps every change, as bytes.
    final class MemoryLog: TransactionLog {
        let changes = Lock<[[UInt8]]>([])

        func append(_ changes: TransactionChanges) throws(ScriptError) {
            self.changes.withLock { $0.append(changes.encoded) }
        }
    }

    static func read(_ bytes: [UInt8]) -> TransactionChanges? { TransactionChanges(bytes.raw) }

    /// A script that changes something, or is refused.
    static func script(_ random: inout SeededRandom) -> String {
        let name = ["r", "s"][random.below(2)]
        let rows = (0...random.below(5)).map { _ in
            let value = ["null", "true", "'t\(random.below(9))'", "1.5", "[1, 'x']", "json({'a': [1]})"][
                random.below(6)
            ]
            return "[\(random.below(12)), \(value)]"
        }
        let given = "?[k, v] <- [\(rows.joined(separator: ", "))]"
        switch random.below(14) {
        case 0: return ":create \(name) {k: Int => v default 'none'}"
        case 1: return "?[k, v] <- [[1, 2]] :replace \(name) {k: Int => v}"
        case 2: return "::remove \(name)"
        case 3: return "::rename r -> s"
        case 4: return "::index create \(name):back {v}"
        case 5: return "::access_level \(["normal", "protected"][random.below(2)]) \(name)"
        case 6: return "{\(given) :put r {k => v}} {?[k, v] := *r[k, v], k > 5 :put s {k => v}}"
        case 7, 8: return "?[k] := k in [\(random.below(12)), \(random.below(12))] :rm \(name) {k}"
        default: return "\(given) :put \(name) {k => v}"
        }
    }

    @Test("the changes of all transactions make the database that they left", arguments: 0..<12)
    func replay(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let log = MemoryLog()
        let database = try Database([], log: log)
        for _ in 0..<120 {
            _ = try? database.run(Self.script(&random), Database.Call(now: 0, seed: 1))
            guard random.chance(100) else { continue }
            let kept = try log.changes.withLock { $0 }.map { try #require(Self.read($0)) }
            let again = try Database(kept)
            for name in database.relationNames {
                let all = "?[k, v] := *\(name)[k, v]"
                let call = Database.Call(now: 0, seed: 1)
                #expect(try again.run(all, call).rows == database.run(all, call).rows)
                for question in ["::columns \(name)", "::indices \(name)", "::relations"] {
                    #expect(try again.run(question, call).rows == database.run(question, call).rows)
                }
            }
            #expect(again.relationNames == database.relationNames)
        }
    }

    @Test("changes are no more than what changed")
    func small() throws {
        let log = MemoryLog()
        let database = try Database([], log: log)
        let call = Database.Call(now: 0, seed: 1)
        let rows = Datum.list((0..<5000).map { .list([.int($0), .int($0)]) })
        _ = try database.run(
            "?[k, v] <- $rows :create r {k => v}",
            Database.Call(parameters: ["rows": rows], now: 0, seed: 1)
        )
        _ = try database.run("?[k, v] <- [[7, 8]] :put r {k => v}", call)
        _ = try database.run("?[k] <- [[9], [9000]] :rm r {k}", call)
        _ = try database.run("?[k, v] <- [[7, 8]] :put r {k => v}", call)
        let kept = try log.changes.withLock { $0 }.map { try #require(Self.read($0)) }
        #expect(kept.count == 3)
        #expect(kept[1].relations[0].added == [[7, 8]] && kept[1].relations[0].removed.isEmpty)
        #expect(kept[2].relations[0].removed == [[9]] && kept[2].relations[0].added.isEmpty)
    }

    @Test("every value is read as it was written")
    func values() throws {
        let values: [Datum] = [
            .null, true, false, .int(.min), .int(.max), 0.1, .float(-.infinity), .float(-0.0), .float(.nan), "",
            "é\n\"",
            .bytes([0, 255]), .uuid(UniqueID(high: 1, low: .max)), [1, [2, "x"], []], .set([1, 2]),
            .vector(.float([1.5, -2])), .vector(.double([0.1])), .json(.object([])), .regex(try Pattern("a+")),
            .validity(Validity(moment: -5, isAssertion: true)), .validity(Validity(moment: 5, isAssertion: false)),
        ]
        let change = RelationChange(
            name: "r",
            fate: .kept,
            definition: nil,
            removed: values.map { [$0] },
            added: [values, values.reversed()]
        )
        let bytes = TransactionChanges(relations: [change]).encoded
        let read = try #require(Self.read(bytes))
        #expect(read.relations[0].removed == change.removed && read.relations[0].added == change.added)
        // Neither a cut nor a changed byte is more than refused.
        for end in bytes.indices { #expect((Self.read(Array(bytes[..<end])) == nil)) }
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0x81
            _ = Self.read(changed)
        }
    }

    @Test("what cannot be kept does not happen")
    func refusal() throws {
        struct Refusing: TransactionLog {
            func append(_ changes: TransactionChanges) throws(ScriptError) {
                throw ScriptError(.notKept, "the disk is full")
            }
        }
        let database = try Database([], log: Refusing())
        let call = Database.Call(now: 0, seed: 1)
        #expect(throws: ScriptError.self) { try database.run("?[a] <- [[1]] :create r {a}", call) }
        #expect(database.relationNames.isEmpty)
        #expect(try database.run("?[a] <- [[1]]", call).rowCount == 1)
    }
}
