internal import Basics
package import FilesDriver

/// Which files of a folder belong to a ledger, by their names.
package enum LedgerFileNames {
    /// The key that signs tree heads: the one file that may be copied into an empty folder before a dump is loaded.
    package static let headKey = LedgerFiles.headKey

    /// What makes the rest a ledger.
    package static let keyring = LedgerFiles.keyring

    package static func contains(_ name: String) -> Bool {
        let finished =
            name.hasSuffix(LedgerFiles.unfinished) ? String(name.dropLast(LedgerFiles.unfinished.count)) : name
        return [LedgerFiles.keyring, LedgerFiles.headKey, LedgerFiles.heads].contains(finished)
            || SegmentFormat.first(ofName: finished) != nil
    }

    /// Whether any file in the folder begins as one of this format and version: then whatever is wrong with another is
    /// damage, and not a folder of somebody else.
    package static func areKnown(in disk: any Disk) throws(DiskError) -> Bool {
        for name in try disk.names() {
            let magic: [UInt8]
            if name == keyring {
                magic = Keyring.magic
            } else if SegmentFormat.first(ofName: name) != nil {
                magic = SegmentFormat.headerMagic
            } else {
                continue
            }
            var bytes: [UInt8] = []
            _ = try disk.open(name, .readOnly).read(into: &bytes, count: 12, at: 0)
            guard bytes.count == 12, bytes.starts(with: magic) else { continue }
            if bytes.integer(at: 8, as: UInt32.self) == SegmentFormat.version { return true }
        }
        return false
    }
}
