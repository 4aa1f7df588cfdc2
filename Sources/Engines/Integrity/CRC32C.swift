internal import CKernels

/// CRC-32C (Castagnoli): what tells a damaged record from a whole one.
///
/// It finds accidents, not attacks: whoever can write the record can write its checksum too.
package enum CRC32C {
    /// The checksum of `bytes`.
    ///
    /// With the checksum of what came before as `seed` it goes on from there:
    /// `checksum(b, seed: checksum(a))` is the checksum of a ‖ b.
    package static func checksum(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
        // The kernel reads exactly the bytes of the span.
        unsafe bytes.withUnsafeBytes { unsafe prima_crc32c(seed, $0.baseAddress, $0.count) }
    }

    /// The ways to compute it, which must all agree.
    package enum Path: Sendable, CaseIterable { case portable, hardware }

    /// The checksum by one path; nil where this machine lacks the instructions.
    package static func checksum(_ bytes: RawSpan, seed: UInt32 = 0, by path: Path) -> UInt32? {
        switch path {
        case .portable:
            return unsafe bytes.withUnsafeBytes { unsafe prima_crc32c_portable(seed, $0.baseAddress, $0.count) }
        case .hardware:
            guard prima_crc32c_hardware_available() != 0 else { return nil }
            return unsafe bytes.withUnsafeBytes { unsafe prima_crc32c_hardware(seed, $0.baseAddress, $0.count) }
        }
    }
}
