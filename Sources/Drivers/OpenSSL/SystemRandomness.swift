internal import Basics
internal import COpenSSL

/// The system's randomness, fetched by the page: a salt of 16 bytes costs a lock and a copy.
///
/// OpenSSL's generator, seeded by the kernel, fills the page. Bytes are wiped as they are given away, so that what is
/// left in memory tells nothing of what was handed out. A process that forks without exec would give the same bytes
/// twice: nothing here forks.
package struct SystemRandomness: Randomness {
    private static let page = Lock(Page())

    package init() {}

    package func bytes(_ count: Int) -> [UInt8] {
        precondition(count >= 0, "no negative number of bytes")
        guard count <= Page.byteCount / 4 else { return Page.fresh(count) }
        return Self.page.withLock { $0.take(count) }
    }
}

/// Random bytes that nobody has seen yet, at the end of a page.
private struct Page {
    static let byteCount = 4096
    private var unused: [UInt8] = []

    mutating func take(_ count: Int) -> [UInt8] {
        if unused.count < count { unused = Self.fresh(Self.byteCount) }
        let taken = [UInt8](unused[(unused.count - count)...])
        for index in unused.indices.suffix(count) { unused[index] = 0 }
        unused.removeLast(count)
        return taken
    }

    static func fresh(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            // One call takes 31 bits of length; no caller is near that.
            let done = unsafe RAND_bytes(buffer.baseAddress, Int32(count))
            precondition(done == 1, "the random generator was seeded when the process started")
            initialised = count
        }
    }
}
