internal import COpenSSL

/// What OpenSSL could not do, in its own words.
package struct OpenSSLFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package let operation: String
    /// The oldest error that OpenSSL remembers for this thread; empty when it gave none.
    package let reason: String

    /// Takes up, and clears, the errors of this thread.
    init(_ operation: String) {
        self.operation = operation
        let code = ERR_get_error()
        ERR_clear_error()
        // OpenSSL ends the text within the buffer, whatever its length.
        let text = unsafe [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
            unsafe buffer.initialize(repeating: 0)
            unsafe buffer.withMemoryRebound(to: CChar.self) {
                unsafe ERR_error_string_n(code, $0.baseAddress, $0.count)
            }
            unsafe count = buffer.firstIndex(of: 0) ?? 0
        }
        reason = code == 0 ? "" : String(decoding: text, as: UTF8.self)
    }

    package var description: String { "OpenSSL failed: \(operation)\(reason.isEmpty ? "" : ": \(reason)")" }
}
