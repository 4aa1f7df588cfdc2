package import Basics
internal import COpenSSL

/// SHA-256 of content that comes in pieces: for one thread at a time.
@safe
package final class RunningSHA256: RunningHash {
    private let context: OpaquePointer

    package init() {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("OpenSSL has no memory for a digest") }
        unsafe self.context = context
        begin()
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    package func update(_ bytes: [UInt8]) {
        let done = unsafe EVP_DigestUpdate(context, bytes, bytes.count) == 1
        precondition(done, "a digest that started takes whatever comes")
    }

    package func finish() -> ContentHash {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let done = unsafe withUnsafeMutableBytes(of: &words) { bytes in
            unsafe EVP_DigestFinal_ex(context, bytes.bindMemory(to: UInt8.self).baseAddress, nil) == 1
        }
        precondition(done, "a digest that started ends")
        begin()
        return ContentHash(words: words)
    }

    private func begin() {
        let ready = unsafe EVP_DigestInit_ex2(context, Crypto.algorithms.sha256, nil) == 1
        precondition(ready, "a fetched digest starts")
    }
}
