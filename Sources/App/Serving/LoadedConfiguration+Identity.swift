internal import NetDriver

/// What a server proves its name with.
extension LoadedConfiguration {
    /// The certificate and its key; nil when no TLS is spoken.
    func identity() throws(ConfigurationError) -> TLSIdentity? {
        guard let certificate = configuration.certificateFile, let key = configuration.privateKeyFile else {
            return nil
        }
        do {
            return try TLSIdentity(certificate: certificate.text, key: key.text)
        } catch {
            let (name, file, remedy) =
                switch error.part {
                case .certificate, .library:
                    ("TLS_CERT", certificate, "a chain of certificates in PEM, the server's own first")
                case .key: ("TLS_KEY", key, "the private key of TLS_CERT in PEM, without a passphrase")
                case .pair: ("TLS_KEY", key, "the private key that belongs to TLS_CERT")
                }
            throw ConfigurationError([
                ConfigurationProblem("\(error)", key: name, value: file.text, at: source(of: name), accepted: remedy)
            ])
        }
    }

    /// Whether `PORT` speaks TLS, since TLS has no port of its own.
    var isSecureAlone: Bool { configuration.certificateFile != nil && configuration.securePort == nil }
}
