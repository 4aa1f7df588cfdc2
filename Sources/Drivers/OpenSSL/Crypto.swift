internal import COpenSSL

/// OpenSSL's libcrypto: loaded once, its algorithms fetched once, kept until the process ends.
///
/// A fetch by name costs more than hashing a small message, so that every type of this module takes its algorithm
/// from here. Start with `prepare`: afterwards only a want of memory can make OpenSSL fail, and that traps.
package enum Crypto {
    /// Loads OpenSSL and everything that this module needs of it; cheap when called again.
    package static func prepare() throws(OpenSSLFailure) { _ = try loaded.get() }

    /// What was loaded: without it nothing can be hashed or sealed, and there is no honest way on.
    static var algorithms: Algorithms {
        switch loaded {
        case .success(let algorithms): return algorithms
        case .failure(let failure): preconditionFailure("call Crypto.prepare first: \(failure)")
        }
    }

    private static let loaded: Result<Algorithms, OpenSSLFailure> = {
        // No cleaning up at exit: threads that still hash while the process ends would read freed memory.
        guard OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1 else {
            return .failure(OpenSSLFailure("initialise"))
        }
        guard let digest = unsafe EVP_MD_fetch(nil, "SHA256", nil) else {
            return .failure(OpenSSLFailure("fetch SHA256"))
        }
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
            return .failure(OpenSSLFailure("fetch AES-256-GCM"))
        }
        guard let signature = unsafe EVP_SIGNATURE_fetch(nil, "ED25519", nil) else {
            return .failure(OpenSSLFailure("fetch ED25519"))
        }
        unsafe EVP_SIGNATURE_free(signature)
        guard RAND_status() == 1 else { return .failure(OpenSSLFailure("seed the random generator")) }
        return unsafe .success(Algorithms(sha256: digest, aes256GCM: cipher))
    }()

    /// The fetched algorithms: counted references that are never given back, immutable and shared by all threads.
    @safe struct Algorithms: @unchecked Sendable {
        let sha256: OpaquePointer
        let aes256GCM: OpaquePointer
    }
}
