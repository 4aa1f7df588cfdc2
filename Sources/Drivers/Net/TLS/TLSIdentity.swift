internal import CTLS

/// What a server proves its name with: a chain of certificates and the private key of the first.
///
/// Shared by all loops: OpenSSL counts references with atomics, and nothing in it changes once it is made, but for
/// the keys of session tickets, which it guards itself.
@safe
package final class TLSIdentity: @unchecked Sendable {
    private let context: OpaquePointer
    private let method: OpaquePointer

    /// Reads both from PEM files.
    package init(certificate: String, key: String) throws(TLSFailure) {
        guard let context = unsafe prima_tls_context(), let method = unsafe prima_tls_method() else {
            throw TLSFailure(.library)
        }
        unsafe (self.context, self.method) = (context, method)
        guard unsafe SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
            throw TLSFailure(.certificate)
        }
        guard unsafe SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else { throw TLSFailure(.key) }
        guard unsafe SSL_CTX_check_private_key(context) == 1 else { throw TLSFailure(.pair) }
    }

    deinit {
        unsafe SSL_CTX_free(context)
        unsafe BIO_meth_free(method)
    }

    /// The server's side of a connection that was accepted; nil when no memory is left.
    func session(on descriptor: Int32) -> TLSSession? {
        guard let ssl = unsafe prima_tls_accept(context, method, descriptor) else { return nil }
        return unsafe TLSSession(ssl, self)
    }
}

/// Why a server cannot prove its name.
package struct TLSFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Part: Sendable, Hashable {
        case certificate
        case key
        /// The key is one, but of another certificate.
        case pair
        case library
    }

    package let part: Part
    /// OpenSSL's own words.
    package let reason: String

    /// Takes up, and clears, the errors of this thread.
    init(_ part: Part) {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        // OpenSSL compares a key of the certificate's kind as soon as it is read.
        self.part = part == .key && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH ? .pair : part
        reason = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? ""
    }

    package var description: String {
        let words =
            switch part {
            case .certificate: "no certificate chain in PEM"
            case .key: "no private key in PEM, or one with a passphrase"
            case .pair: "the key of another certificate"
            case .library: "TLS cannot be started"
            }
        return reason.isEmpty ? words : "\(words) (\(reason))"
    }
}
