import Basics
import FilesDriver
import Model
import OpenSSLDriver

/// Reads the keyring as its format page says, to see which keys a disk really holds.
struct KeyringFile {
    private static let slotSize = 128
    private let bytes: [UInt8]

    /// Nil when there is none that can be read.
    init?(on disk: FaultyDisk) {
        // Looking must not disturb the history.
        let disk = disk.copy()
        disk.faults = .none
        guard let file = try? disk.open("keyring", .readOnly), let size = try? file.size() else { return nil }
        var bytes: [UInt8] = []
        guard (try? file.read(into: &bytes, count: Int(size), at: 0)) == Int(size), size >= Self.slotSize else {
            return nil
        }
        self.bytes = bytes
    }

    /// The slots that ever held a key of this subject.
    func slots(of subject: SubjectID) -> [Int] {
        let tag = SHA256.hash(Array(bytes[32..<48]) + Array(subject.text.utf8)).bytes.prefix(16)
        var slots: [Int] = []
        var slot = 1
        while (slot + 1) * Self.slotSize <= bytes.count, bytes[slot * Self.slotSize + 4] != 0 {
            let start = slot * Self.slotSize
            if bytes[start + 16..<start + 32] == tag { slots.append(slot) }
            slot += 1
        }
        return slots
    }

    /// Whether a slot still holds the bytes of a key.
    func holdsKey(_ slot: Int) -> Bool {
        let start = slot * Self.slotSize
        guard start + Self.slotSize <= bytes.count else { return false }
        return bytes[start + 32..<start + 92].contains { $0 != 0 }
    }
}
