import Basics
import FilesDriver
import Foundation
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

/// What is refused when a ledger's files are spoilt, swapped or brought back from elsewhere, and what is mended.
///
/// The second reader is asked about each folder too: it must see what the ledger sees.
@Suite struct DamagedLedgerTests {
    typealias Files = [String: Data]

    static func open(_ path: String) throws -> SegmentLedger {
        var options = SegmentLedger.Options()
        options.segmentBytes = 16 << 10
        options.growthBytes = 8 << 10
        return try SegmentLedger.open(
            on: PosixDisk(path: path),
            options: options,
            clock: SystemClock(),
            randomness: SystemRandomness()
        )
    }

    static func files(of path: String) throws -> Files {
        var files: Files = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            files[name] = try Data(contentsOf: URL(filePath: path + "/" + name))
        }
        return files
    }

    static func segments(_ files: Files) -> [String] { files.keys.filter { $0.hasPrefix("segment-") }.sorted() }

    static func write(_ files: Files, to path: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where files[name] == nil {
            try FileManager.default.removeItem(atPath: path + "/" + name)
        }
        for (name, data) in files { try data.write(to: URL(filePath: path + "/" + name)) }
    }

    /// Events of three subjects, `text` in each; forgets the subject named, if any.
    ///
    /// Short lives, so that every segment is sealed before the next one is full: its length does not hang on time.
    static func live(_ path: String, _ numbers: Range<Int>, text: String = "", forgets: String? = nil) async throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 50) {
            try await liveOnce(path, start..<min(start + 50, numbers.upperBound), text: text)
        }
        let ledger = try open(path)
        if let forgets { _ = try await ledger.forget(SubjectID(forgets), by: .token) }
        try await ledger.close()
    }

    private static func liveOnce(_ path: String, _ numbers: Range<Int>, text: String) async throws {
        let ledger = try open(path)
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 10) {
            let events = try (start..<min(start + 10, numbers.upperBound)).map { number in
                var event = Event(
                    agent: try AgentID("a-\(number % 3)"),
                    type: try EventType("TOUCH"),
                    body: try Body(Fields([("n", .integer(Int64(number))), ("t", .text(text))]))
                )
                event.number = EventNumber(Int64(number + 1))
                return Submission(event, by: .open)
            }
            _ = try await ledger.append(events)
        }
        try await ledger.close()
    }

    /// Opens and closes, and answers the files then; both readers agree before and after.
    static func expectOpened(
        _ files: Files,
        size: Int64,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Files {
        let folder = try TemporaryFolder()
        try write(files, to: folder.path)
        let before = try await SecondReaderTests.compare(folder.path, sourceLocation: sourceLocation)
        #expect(before.verdict.size == size, sourceLocation: sourceLocation)
        try await open(folder.path).close()
        let after = try await SecondReaderTests.compare(folder.path, sourceLocation: sourceLocation)
        #expect(after.verdict.size == size, sourceLocation: sourceLocation)
        // A torn head stays until its record's turn comes.
        let notes = (after.verdict.notes ?? []).filter { !$0.hasPrefix("heads:") }
        #expect(notes == [], sourceLocation: sourceLocation)
        #expect(after.verdict.tail == nil, sourceLocation: sourceLocation)
        let isSame = before.lines == after.lines
        #expect(isSame, sourceLocation: sourceLocation)
        return try Self.files(of: folder.path)
    }

    // MARK: Missing, swapped and foreign files

    @Test func refusesFoldersWithHolesAndStrangers() async throws {
        var refusals = Refusals()
        let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
        for path in [folder.path, other.path] { try await Self.live(path, 0..<300, forgets: "a-1") }
        let (files, foreign) = (try Self.files(of: folder.path), try Self.files(of: other.path))
        let names = Self.segments(files)
        try #require(names.count > 4 && names == Self.segments(foreign))
        let last = names[names.count - 1]

        for name in ["keyring", "head.key", "heads"] {
            try refusals.add(files.filter { $0.key != name }, "\(name) is damaged: it is missing")
        }
        try refusals.add(files.filter { $0.key != names[0] }, "\(names[1]) is damaged: the segment that ends")
        try refusals.add(files.filter { $0.key != names[2] }, "\(names[3]) is damaged: the segment that ends")
        try refusals.add(files.filter { $0.key != last }, "\(last) is damaged: it is missing, and the segment")
        let bare = files.filter { !names.contains($0.key) }
        try refusals.add(bare, "\(names[0]) is damaged: a head of 301 events")
        try refusals.add(bare.filter { $0.key != "heads" }, "there are keys for its events")
        try refusals.add(bare.filter { $0.key != "keyring" }, "keyring is damaged: it is missing")
        try refusals.add(bare.filter { $0.key != "head.key" }, "head.key is damaged: it is missing")
        let unwitnessed = files.merging(["heads": Data(count: 1024)])
        try refusals.add(unwitnessed.filter { $0.key != last }, "\(last) is damaged: it is missing, and the segment")
        try refusals.add(files.merging(["segment-+00000000000000": files[last]]), "no segment is called so")
        for name in [names[0], names[2], last] {
            try refusals.add(files.merging([name: foreign[name]]), "\(name) is not a file of this ledger")
        }
        try refusals.add(files.merging(["heads": foreign["heads"]]), "heads is not a file of this ledger")
        try refusals.add(files.merging(["keyring": foreign["keyring"]]), "is not a file of this ledger")
        var renamed = files.filter { $0.key != names[2] }
        renamed[names[2].dropLast() + "\(names[2].last == "9" ? 8 : 9)"] = files[names[2]]
        try refusals.add(renamed, "which its name denies")
        try refusals.add(files.merging([names[1]: Data("GIF89a".utf8)]), "\(names[1]) is damaged")
        try refusals.check()
    }

    /// A segment of a copy that went its own way fits by identity, position and length.
    @Test func refusesASegmentOfACopyThatWentItsOwnWay() async throws {
        var refusals = Refusals()
        let (folder, copy) = (try TemporaryFolder(), try TemporaryFolder())
        try await Self.live(folder.path, 0..<100)
        try Self.write(Self.files(of: folder.path), to: copy.path)
        try await Self.live(folder.path, 100..<400, text: "one")
        try await Self.live(copy.path, 100..<400, text: "two")
        let (files, others) = (try Self.files(of: folder.path), try Self.files(of: copy.path))
        let names = Self.segments(files)
        try #require(names == Self.segments(others))
        for index in names.indices.dropLast(1) where files[names[index]] != others[names[index]] {
            let swapped = files.merging([names[index]: others[names[index]]])
            try refusals.add(swapped, "the events below it have another root")
        }
        try refusals.check()
    }

    @Test func refusesOtherVersionsByName() async throws {
        var refusals = Refusals()
        let folder = try TemporaryFolder()
        try await Self.live(folder.path, 0..<100)
        let files = try Self.files(of: folder.path)
        let names = Self.segments(files)
        for (name, start, count) in [("keyring", 0, 128), (names[0], 0, 128), (names[names.count - 1], 0, 128)] {
            var changed = try #require(files[name])
            changed[start + 8] = 2
            changed.stamp(start..<start + count, at: 12)
            try refusals.add(files.merging([name: changed]), "\(name) has format version 2")
        }
        var trailer = try #require(files[names[0]])
        let start = trailer.count - 512
        trailer[start + 8] = 2
        trailer.stamp(start..<start + 512, at: 12)
        try refusals.add(files.merging([names[0]: trailer]), "\(names[0]) has format version 2")
        try refusals.check()
    }

    // MARK: Flipped bits and cut ends

    @Test func refusesDamageBelowAWitness() async throws {
        var refusals = Refusals()
        let folder = try TemporaryFolder()
        try await Self.live(folder.path, 0..<200)
        let files = try Self.files(of: folder.path)
        let names = Self.segments(files)
        let last = names[names.count - 1]
        let whole = try #require(files[last])
        let end = try #require(whole.lastIndex { $0 != 0 })
        for offset in stride(from: 4096, through: end, by: (end - 4096) / 5) {
            var changed = whole
            changed[offset] ^= 0x40
            try refusals.add(files.merging([last: changed]), "\(last) is damaged")
        }
        for size in [0, 100, 4096, end - 200, end] {
            try refusals.add(files.merging([last: whole.prefix(size)]), last)
        }
        let keyring = try #require(files["keyring"])
        for offset in [20, 60, 128 + 40, 256 + 4, 384 + 20] {
            var changed = keyring
            changed[offset] ^= 1
            try refusals.add(files.merging(["keyring": changed]), "keyring is damaged")
        }
        try refusals.add(files.merging(["keyring": keyring.prefix(384)]), "keyring is damaged")
        try refusals.add(files.merging(["keyring": keyring.prefix(300)]), "keyring is damaged")
        var headKey = try #require(files["head.key"])
        headKey[30] = headKey[30] == 0x30 ? 0x31 : 0x30
        try refusals.add(files.merging(["head.key": headKey]), "head.key is damaged")
        let heads = try #require(files["heads"])
        var spoilt = heads
        for record in [0, 512] { spoilt[record + 100] ^= 1 }
        try refusals.add(files.merging(["heads": spoilt]), "heads is damaged: neither of its records is whole")
        try refusals.add(files.merging(["heads": heads.prefix(512)]), "heads is damaged: it has 512 of its 1024 bytes")
        let sealed = try #require(files[names[0]])
        for middle in [sealed.prefix(sealed.count - 1), sealed + Data(repeating: 7, count: 600)] {
            try refusals.add(files.merging([names[0]: middle]), "it is not sealed")
        }
        try refusals.check()
    }

    @Test func mendsWhatACrashMayLeave() async throws {
        let folder = try TemporaryFolder()
        try await Self.live(folder.path, 0..<150, forgets: "a-0")
        let files = try Self.files(of: folder.path)
        let names = Self.segments(files)
        let (last, before) = (names[names.count - 1], names[names.count - 2])
        let open = try #require(files[last])
        // Garbage above every witness, a seal that was interrupted, and slots that no commit names.
        let end = try #require(open.lastIndex { $0 != 0 }) + 1
        let garbage = open.prefix(end) + Data(repeating: 0xA5, count: 777) + open.dropFirst(end + 777)
        _ = try await Self.expectOpened(files.merging([last: garbage]), size: 151)
        let sealed = try #require(files[before])
        for cut in [sealed.prefix(sealed.count - 100), sealed + Data(repeating: 7, count: 600)] {
            _ = try await Self.expectOpened(files.merging([before: cut]), size: 151)
        }
        var keyring = try #require(files["keyring"])
        keyring.replaceSubrange(128 * 9..<128 * 9 + 50, with: Data(repeating: 3, count: 50))
        _ = try await Self.expectOpened(files.merging(["keyring": keyring]), size: 151)
        // A torn head does not count, and is written over when its turn comes.
        for record in [0, 512] {
            var heads = try #require(files["heads"])
            heads[record + 100] ^= 1
            _ = try await Self.expectOpened(files.merging(["heads": heads]), size: 151)
        }
    }
}

extension [String: Data] {
    func merging(_ changes: [String: Data?]) -> Self {
        merging(changes.compactMapValues { $0 }) { $1 }
    }
}

extension Data {
    /// Puts the right checksum into a block that was changed.
    mutating func stamp(_ block: Range<Int>, at offset: Int, seed: UInt32 = 0) {
        let place = block.lowerBound + offset..<block.lowerBound + offset + 4
        replaceSubrange(place, with: Data(count: 4))
        var checksum = ~seed
        for byte in self[block] {
            checksum ^= UInt32(byte)
            for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        checksum = ~checksum
        replaceSubrange(place, with: (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) })
    }
}
