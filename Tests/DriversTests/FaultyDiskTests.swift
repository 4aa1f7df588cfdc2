import FilesDriver
import TestSupport
import Testing

@Suite struct FaultyDiskTests {
    private func bytes(_ value: UInt8, _ count: Int) -> ArraySlice<UInt8> {
        [UInt8](repeating: value, count: count)[...]
    }

    private func content(_ disk: FaultyDisk, _ name: String = "log") throws(DiskError) -> [UInt8] {
        let file = try disk.open(name, .existing)
        var buffer: [UInt8] = []
        let count = try file.read(into: &buffer, count: Int(try file.size()), at: 0)
        return Array(buffer.prefix(count))
    }

    private func made(_ disk: FaultyDisk, _ content: ArraySlice<UInt8>) throws(DiskError) -> any DiskFile {
        let file = try disk.open("log", .create)
        try file.write(content, at: 0)
        try file.sync()
        try disk.syncFolder()
        return file
    }

    @Test func readsWhatWasWritten() throws {
        let disk = FaultyDisk(seed: 1)
        let file = try disk.open("log", .create)
        var expected = [UInt8](repeating: 0, count: 5000)
        var random = SeededRandom(seed: 1)
        for _ in 0..<200 {
            let offset = random.below(4000)
            let part = random.bytes(random.below(1000))
            try file.write(part[...], at: Int64(offset))
            expected.replaceSubrange(offset..<offset + part.count, with: part)
            if random.chance(300) { try file.sync() }
            if random.chance(100) {
                let size = random.below(5000)
                try file.truncate(to: Int64(size))
                for index in size..<5000 { expected[index] = 0 }
            }
            var buffer = [UInt8](repeating: 9, count: 700)
            let from = random.below(5000)
            let count = try file.read(into: &buffer, count: 600, at: Int64(from))
            #expect(buffer == Array(expected[from..<from + count]))
            #expect(count == max(0, min(600, Int(try file.size()) - from)))
        }
    }

    @Test(arguments: UInt64(0)..<50) func whatIsSyncedSurvives(seed: UInt64) throws {
        let disk = FaultyDisk(seed: seed)
        let file = try made(disk, bytes(1, 3000))
        try file.write(bytes(2, 100), at: 700)
        try file.sync()
        let found = try content(disk.crash(.power))
        #expect(found == Array(bytes(1, 700) + bytes(2, 100) + bytes(1, 2200)))
        #expect(throws: DiskError.self) { try file.sync() }
    }

    @Test func sectorsInFlightAreOldOrNewAndEveryMixHappens() throws {
        var seen: Set<[UInt8]> = []
        for seed in UInt64(0)..<200 {
            let disk = FaultyDisk(seed: seed)
            let file = try made(disk, bytes(1, 1536))
            try file.write(bytes(2, 1536), at: 0)
            let found = try content(disk.crash(.power))
            let sectors = [found[0], found[512], found[1024]]
            #expect(found == sectors.flatMap { bytes($0, 512) })
            seen.insert(sectors)
        }
        #expect(seen.count == 8)
    }

    @Test func processCrashKeepsThePageCache() throws {
        let disk = FaultyDisk(seed: 3)
        let file = try made(disk, bytes(1, 1024))
        try file.write(bytes(2, 2048), at: 0)
        let next = disk.crash(.process)
        #expect(try content(next) == Array(bytes(2, 2048)))
        try next.open("log", .existing).sync()
        #expect(try content(next.crash(.power)) == Array(bytes(2, 2048)))
    }

    @Test func failedSyncLosesWhatALaterSyncCallsClean() throws {
        var lost = 0
        for seed in UInt64(0)..<50 {
            let disk = FaultyDisk(seed: seed)
            let file = try made(disk, bytes(1, 4096))
            try file.write(bytes(2, 4096), at: 0)
            disk.fail(.sync, on: "log")
            #expect(throws: DiskError.self) { try file.sync() }
            #expect(try content(disk) == Array(bytes(2, 4096)))
            try file.sync()
            let again = disk.crash(.process)
            #expect(try content(again) == Array(bytes(2, 4096)))
            if try content(again.crash(.power)).contains(1) { lost += 1 }
        }
        #expect(lost > 25)
    }

    @Test func lyingSyncLosesUntilAnHonestOne() throws {
        var lost = 0
        for seed in UInt64(0)..<50 {
            let disk = FaultyDisk(seed: seed)
            let file = try made(disk, bytes(1, 4096))
            try file.write(bytes(2, 4096), at: 0)
            disk.lie()
            try file.sync()
            if try content(disk.copy().crash(.power)).contains(1) { lost += 1 }
            try file.sync()
            #expect(try content(disk.crash(.power)) == Array(bytes(2, 4096)))
        }
        #expect(lost > 25)
    }

    @Test func lengthsInFlightAreOldOrNew() throws {
        var seen: Set<Int> = []
        for seed in UInt64(0)..<100 {
            let disk = FaultyDisk(seed: seed)
            let file = try made(disk, bytes(1, 1000))
            try file.truncate(to: 300)
            try file.write(bytes(2, 100), at: 1400)
            let found = try content(disk.crash(.power))
            seen.insert(found.count)
            #expect(found.prefix(300).allSatisfy { $0 == 1 })
        }
        #expect(seen == [300, 1000, 1500])
    }

    @Test func aFullDiskTakesWhatFits() throws {
        let disk = FaultyDisk(seed: 1, capacity: 2048)
        let file = try made(disk, bytes(1, 1024))
        let error = #expect(throws: DiskError.self) { try file.write(bytes(2, 2048), at: 1024) }
        #expect(error?.kind == .full)
        #expect(try file.size() == 2048)
        try file.write(bytes(3, 2048), at: 0)
        disk.capacity = 4096
        try file.write(bytes(2, 2048), at: 1024)
        #expect(try content(disk) == Array(bytes(3, 1024) + bytes(2, 2048)))
        try disk.remove("log")
        #expect(disk.used == 0)
    }

    @Test func namesNeedASyncOfTheFolder() throws {
        var names: Set<Set<String>> = []
        for seed in UInt64(0)..<100 {
            let disk = FaultyDisk(seed: seed)
            _ = try made(disk, bytes(1, 10))
            let other = try disk.open("other.new", .create)
            try other.write(bytes(2, 10), at: 0)
            try other.sync()
            try disk.rename("other.new", to: "log")
            let next = disk.crash(.power)
            let found = Set(try next.names())
            names.insert(found)
            #expect(found.contains("log"))
            #expect([bytes(1, 10), bytes(2, 10)].contains(try content(next)[...]))
        }
        #expect(names == [["log"], ["log", "other.new"]])
        let disk = FaultyDisk(seed: 1)
        _ = try made(disk, bytes(1, 10))
        try disk.remove("log")
        try disk.syncFolder()
        #expect(try disk.crash(.power).names().isEmpty)
    }

    @Test func powerGoesInTheMiddleOfAChange() throws {
        let disk = FaultyDisk(seed: 4)
        let file = try made(disk, bytes(1, 512))
        disk.cutPower(after: 2)
        try file.write(bytes(2, 512), at: 512)
        try file.sync()
        #expect(throws: DiskError.self) { try file.write(bytes(3, 512), at: 1024) }
        #expect(disk.isDead)
        #expect(throws: DiskError.self) { try disk.names() }
        let next = disk.crash(.power)
        #expect(try content(next).prefix(1024) == bytes(1, 512) + bytes(2, 512))
    }

    @Test func rotFlipsOneBitOfWhatIsSynced() throws {
        let disk = FaultyDisk(seed: 4)
        _ = try made(disk, bytes(1, 2000))
        disk.rot("log", at: 1999, bit: 1)
        #expect(try content(disk) == Array(bytes(1, 1999) + bytes(3, 1)))
        #expect(try content(disk.crash(.power)) == Array(bytes(1, 1999) + bytes(3, 1)))
    }

    @Test func sameSeedSameHistory() throws {
        func play() -> String {
            var faults = DiskFaults()
            (faults.writes, faults.syncs, faults.lies, faults.folder) = (200, 200, 200, 200)
            var disk = FaultyDisk(seed: 77, faults: faults)
            var random = SeededRandom(seed: 5)
            for step in 0..<300 {
                let name = "file-\(random.below(3))"
                if random.chance(20) { disk = disk.crash(.power) }
                guard let file = (try? disk.open(name, .existing)) ?? (try? disk.open(name, .create)) else { continue }
                try? file.write(bytes(UInt8(step & 255), random.below(2000)), at: Int64(random.below(2000)))
                if random.chance(300) { try? file.sync() }
                if random.chance(300) { try? disk.syncFolder() }
            }
            return disk.history(last: 400)
        }
        #expect(play() == play())
        #expect(play().contains("FAILED"))
        #expect(play().contains("LIED"))
    }
}
