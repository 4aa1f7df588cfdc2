/// A SHA-256 digest in the making, for content that is not in memory at once.
///
/// Core knows no cryptography: whoever hashes is given one. For one thread at a time.
package protocol RunningHash {
    /// Takes the next bytes of the content.
    func update(_ bytes: [UInt8])

    /// The digest of all that came; afterwards begins anew.
    func finish() -> ContentHash
}
