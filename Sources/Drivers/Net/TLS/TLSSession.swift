internal import CTLS

/// One connection's TLS, the server's side: used on its loop only, over a socket that never blocks.
@safe
final class TLSSession {
    enum Outcome: Equatable {
        /// So many bytes, or the handshake, are done.
        case done(Int)
        /// It goes on when the socket can be read, or written.
        case wantsRead
        case wantsWrite
        /// The other side has said that it sends no more, or has just gone.
        case ended
        /// It began with an HTTP request: the client does not know that TLS is spoken here.
        case plainText
        /// Broken, and not to be used again.
        case failed
    }

    /// The most that is sealed together.
    static let recordBytes = 16 * 1024

    private let ssl: OpaquePointer
    /// Sound without it, since OpenSSL counts; but the method behind the socket is ours.
    private let identity: TLSIdentity
    private var isUsable = false

    init(_ ssl: OpaquePointer, _ identity: TLSIdentity) {
        unsafe self.ssl = ssl
        self.identity = identity
    }

    deinit { unsafe SSL_free(ssl) }

    func handshake() -> Outcome {
        let outcome = outcome(unsafe prima_tls_handshake(ssl))
        isUsable = outcome == .done(0)
        return outcome
    }

    /// Reads into `buffer` until it is full, or nothing more is there: then the outcome is not `done`.
    ///
    /// `count` says how much was read, whatever the outcome.
    func read(_ buffer: UnsafeMutableRawBufferPointer, count: inout Int) -> Outcome {
        count = 0
        while count < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            let outcome = outcome(unsafe prima_tls_read(ssl, rest.baseAddress, rest.count))
            guard case .done(let more) = outcome else { return outcome }
            count += more
        }
        return .done(count)
    }

    /// Writes as much as the socket takes.
    ///
    /// What it did not take must be offered again first: OpenSSL may have sealed it already.
    func write(_ bytes: UnsafeRawBufferPointer, count: inout Int) -> Outcome {
        count = 0
        while count < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[count...])
            let outcome = outcome(unsafe prima_tls_write(ssl, rest.baseAddress, rest.count))
            guard case .done(let more) = outcome else { return outcome }
            count += more
        }
        return .done(count)
    }

    /// Says that nothing more comes, so that the other side knows that nothing was cut off.
    func close() {
        guard isUsable else { return }
        isUsable = false
        unsafe prima_tls_close(ssl)
    }

    private func outcome(_ result: Int) -> Outcome {
        if result >= 0 { return .done(result) }
        switch result {
        case Int(prima_tls_wants_read): return .wantsRead
        case Int(prima_tls_wants_write): return .wantsWrite
        case Int(prima_tls_ended): return .ended
        case Int(prima_tls_plain):
            isUsable = false
            return .plainText
        default:
            isUsable = false
            return .failed
        }
    }
}
