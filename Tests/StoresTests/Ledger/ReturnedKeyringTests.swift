import Basics
import FilesDriver
import Foundation
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// Copies of the keyring that come back: no forgotten body may open again, and no lost end may pass unnoticed.
@Suite struct ReturnedKeyringTests {
    private typealias Files = DamagedLedgerTests.Files

    /// A ledger at four times: before its second subject came, before a forget, after it, and after the subject
    /// spoke again.
    private static func times() async throws -> [Files] {
        let folder = try TemporaryFolder()
        var times: [Files] = []
        try await DamagedLedgerTests.live(folder.path, 0..<1)
        times.append(try DamagedLedgerTests.files(of: folder.path))
        try await DamagedLedgerTests.live(folder.path, 1..<60)
        times.append(try DamagedLedgerTests.files(of: folder.path))
        try await DamagedLedgerTests.live(folder.path, 60..<60, forgets: "a-1")
        times.append(try DamagedLedgerTests.files(of: folder.path))
        try await DamagedLedgerTests.live(folder.path, 60..<120)
        times.append(try DamagedLedgerTests.files(of: folder.path))
        return times
    }

    @Test func refusesAKeyringThatIsTooOld() async throws {
        var refusals = Refusals()
        let times = try await Self.times()
        for index in 1..<4 {
            let mixed = times[index].merging(["keyring": times[0]["keyring"]])
            try refusals.add(mixed, "keyring is damaged")
        }
        for index in 1..<3 {
            let mixed = times[3].merging(["keyring": times[index]["keyring"]])
            try refusals.add(mixed, "keyring is damaged")
        }
        try refusals.check()
    }

    /// The ledger was brought back from before a forget, and the keyring was not.
    @Test func refusesALedgerThatIsOlderThanItsKeyring() async throws {
        var refusals = Refusals()
        let times = try await Self.times()
        for index in 2..<4 {
            let mixed = times[1].merging(["keyring": times[index]["keyring"]])
            try refusals.add(mixed, "keyring is damaged: key 2 is destroyed, and no forget")
        }
        // Later keys alone say nothing: a crash leaves them too.
        let mixed = times[0].merging(["keyring": times[1]["keyring"]])
        _ = try await DamagedLedgerTests.expectOpened(mixed, size: 1)
        try refusals.check()
    }

    /// The key that the forget destroyed is back, as from a copy of the keyring; beside it lives the later one.
    @Test(arguments: [2, 3]) func destroysAKeyThatCameBack(time: Int) async throws {
        let times = try await Self.times()
        let old = try #require(times[1]["keyring"])
        var keyring = try #require(times[time]["keyring"])
        let sound = keyring
        let key = 128 * 2..<128 * 3
        #expect(keyring[key] != old[key])
        keyring.replaceSubrange(key, with: old[key])
        let mended = try await DamagedLedgerTests.expectOpened(
            times[time].merging(["keyring": keyring]),
            size: time == 2 ? 61 : 121
        )
        #expect(mended["keyring"] == sound)
    }

    @Test func refusesTwoLiveKeysOfOneSubject() async throws {
        var refusals = Refusals()
        let times = try await Self.times()
        var keyring = try #require(times[1]["keyring"])
        var copy = Data(keyring[128 * 2..<128 * 3])
        copy.stamp(0..<128, at: 0, seed: 4)
        keyring.replaceSubrange(128 * 4..<128 * 5, with: copy)
        try refusals.add(times[1].merging(["keyring": keyring]), "keys 2 and 4 are of one")
        try refusals.check()
    }
}
