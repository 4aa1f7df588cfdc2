internal import CKernels

/// CRC-32C of what stands in a file: it tells a damaged part from a whole one.
enum Checksum {
    static func of(_ bytes: borrowing RawSpan, seed: UInt32 = 0) -> UInt32 {
        // The kernel reads exactly the bytes of the span.
        unsafe bytes.withUnsafeBytes { unsafe prima_crc32c(seed, $0.baseAddress, $0.count) }
    }
}
