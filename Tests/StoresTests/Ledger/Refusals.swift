import Basics
import FilesDriver
import Foundation
import OpenSSLDriver
import Stores
import TestSupport
import Testing

/// Ledgers that must not open: for writing, for reading, and in the eyes of the second reader.
struct Refusals {
    private var folders: [(folder: TemporaryFolder, place: SourceLocation)] = []

    /// Opening refuses in words that hold `reason`, and writes nothing.
    mutating func add(
        _ files: [String: Data],
        _ reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let folder = try TemporaryFolder()
        try DamagedLedgerTests.write(files, to: folder.path)
        expect(reason, sourceLocation) { _ = try DamagedLedgerTests.open(folder.path) }
        expect(reason, sourceLocation) {
            _ = try SegmentLedger.openForReading(
                on: PosixDisk(path: folder.path),
                clock: SystemClock(),
                randomness: SystemRandomness()
            )
        }
        let isUntouched = try DamagedLedgerTests.files(of: folder.path) == files
        #expect(isUntouched, "a refusal wrote something", sourceLocation: sourceLocation)
        folders.append((folder, sourceLocation))
    }

    private func expect(_ reason: String, _ place: SourceLocation, _ open: () throws -> Void) {
        do {
            try open()
            Issue.record("it opens; it should say: \(reason)", sourceLocation: place)
        } catch {
            #expect("\(error)".contains(reason), sourceLocation: place)
        }
    }

    /// Asks the second reader about all of them at once.
    func check() throws {
        let verdicts = try SecondReader.verdicts(on: folders.map(\.folder.path))
        try #require(verdicts.count == folders.count)
        for (verdict, folder) in zip(verdicts, folders) {
            #expect(!verdict.ok, "the second reader sees nothing wrong", sourceLocation: folder.place)
        }
    }
}
