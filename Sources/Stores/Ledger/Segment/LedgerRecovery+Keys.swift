internal import FilesDriver
internal import Integrity

/// What the ledger and its keyring say of each other.
extension LedgerRecovery {
    /// A live key whose subject was forgotten.
    struct DueKey {
        let number: UInt32
        /// The position of the forget.
        let position: Int64
    }

    /// The keys that are destroyed before the segments are looked at.
    ///
    /// A key is destroyed after its forget was synced. So, beside a running server too, the segments that are read
    /// after this hold the forget of each of them.
    func destroyedKeys(_ keyring: Keyring) throws(LedgerFault) -> Set<UInt32> {
        guard purpose == .reading else { return [] }
        var keyring = keyring
        let size: Int64
        do { size = try keyring.file.size() } catch { throw .disk(error) }
        try keyring.load(synced: 0, size: size)
        return Set((0..<keyring.count).map { $0 + 1 }.filter { keyring.slot($0)?.state == .destroyed })
    }

    /// Compares the keys with the forgets; answers those that have yet to be destroyed.
    ///
    /// A destroyed key without its forget says that the ledger lost an end that was durable: an older copy of it
    /// came back. A key without any segment says the same.
    func checkKeys(
        _ recovered: Recovered,
        destroyedBefore: Set<UInt32>
    ) throws(LedgerFault) -> [DueKey] {
        let keyring = recovered.keyring
        guard keyring.count == 0 || !recovered.parts.isEmpty else {
            throw .damage(.damaged(SegmentFormat.name(first: 0), "it is missing, and there are keys for its events"))
        }
        let hasher = LedgerHashing().hasher
        var forgets: [Keyring.Tag: [Int64]] = [:]
        for forget in recovered.progress.forgets {
            forgets[keyring.tag(of: forget.subject, with: hasher), default: []].append(forget.position)
        }
        var due: [DueKey] = []
        var live: [Keyring.Tag: UInt32] = [:]
        for number in (0..<keyring.count).map({ $0 + 1 }) {
            guard let slot = keyring.slot(number) else { continue }
            let positions = forgets[slot.tag] ?? []
            if slot.state == .destroyed {
                let isNew = purpose == .reading && !destroyedBefore.contains(number)
                guard isNew || positions.contains(slot.forgottenAt) else {
                    throw Self.damaged("key \(number) is destroyed, and no forget at \(slot.forgottenAt) says so")
                }
            } else if let position = positions.filter({ $0 >= slot.since }).min() {
                due.append(DueKey(number: number, position: position))
            } else if slot.isTorn {
                throw Self.damaged("key \(number) is spoilt")
            } else if let other = live.updateValue(number, forKey: slot.tag) {
                throw Self.damaged("keys \(other) and \(number) are of one subject, and both live")
            }
        }
        return due
    }

    private static func damaged(_ reason: String) -> LedgerFault { .damage(.damaged(LedgerFiles.keyring, reason)) }
}
