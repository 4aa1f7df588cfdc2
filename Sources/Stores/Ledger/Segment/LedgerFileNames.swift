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
}
