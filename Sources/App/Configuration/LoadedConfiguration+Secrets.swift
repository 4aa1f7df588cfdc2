/// The secrets that stand in files of their own.
extension LoadedConfiguration {
    /// Reads a file: its bytes, nil when there are more than `limit`; throws why it cannot be read.
    package typealias FileReading = (_ path: String, _ limit: Int) throws(Unacceptable) -> [UInt8]?

    /// The operator's token; nil when there is none.
    package func token(reading read: FileReading) throws(ConfigurationError) -> Secret? {
        let isOutranked = source(of: "PRIMA_TOKEN").rank > source(of: "PRIMA_TOKEN_FILE").rank
        guard let file = configuration.tokenFile, configuration.token == nil || !isOutranked else {
            return configuration.token
        }
        return try secret("PRIMA_TOKEN_FILE", file, accepted: "a file that holds \(Secret.accepted)") {
            () throws(Unacceptable) in
            guard let bytes = try read(file.text, 1 << 16), let text = String(validating: bytes, as: UTF8.self) else {
                throw Unacceptable("the file holds something else")
            }
            return try Secret(configured: String(text.prefix { !$0.isNewline }))
        }
    }

    /// The key that wraps the keys of the keyring; nil when they are not wrapped.
    package func masterKey(reading read: FileReading) throws(ConfigurationError) -> MasterKey? {
        guard let file = configuration.masterKeyFile else { return nil }
        return try secret("PRIMA_MASTER_KEY_FILE", file, accepted: MasterKey.accepted) { () throws(Unacceptable) in
            guard let bytes = try read(file.text, 128), let key = MasterKey(content: bytes) else {
                throw Unacceptable("the file holds something else")
            }
            return key
        }
    }

    /// What is wrong with the files that a server reads at its start.
    package func fileProblems(reading read: FileReading) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        do throws(ConfigurationError) { _ = try token(reading: read) } catch { problems += error.problems }
        do throws(ConfigurationError) { _ = try masterKey(reading: read) } catch { problems += error.problems }
        for (key, file) in [("TLS_CERT", configuration.certificateFile), ("TLS_KEY", configuration.privateKeyFile)] {
            guard let file else { continue }
            do throws(ConfigurationError) {
                _ = try secret(key, file, accepted: "a file that can be read") { () throws(Unacceptable) in
                    try read(file.text, 1 << 20)
                }
            } catch { problems += error.problems }
        }
        return problems
    }

    private func secret<Value>(
        _ key: String,
        _ file: FilePath,
        accepted: String,
        _ read: () throws(Unacceptable) -> Value
    ) throws(ConfigurationError) -> Value {
        do {
            return try read()
        } catch {
            throw ConfigurationError([
                ConfigurationProblem(error.reason, key: key, value: file.text, at: source(of: key), accepted: accepted)
            ])
        }
    }
}

/// The 32 bytes that wrap the keys of the keyring; no message shows them.
package struct MasterKey: Sendable, Hashable {
    package static let accepted = "a file of 32 bytes, or of their 64 hexadecimal digits"

    /// The key itself, never for a message.
    package let revealed: [UInt8]

    /// Takes the content of the file; nil when it is neither 32 bytes nor 64 digits, with or without a line feed.
    init?(content: [UInt8]) {
        if content.count == 32 {
            revealed = content
            return
        }
        let digits = String(decoding: content, as: UTF8.self).prefix { !$0.isNewline }
        let rest = content.dropFirst(64)
        guard digits.utf8.count == 64, rest.allSatisfy({ $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) else {
            return nil
        }
        var key: [UInt8] = []
        var scalars = Array(digits.unicodeScalars)[...]
        while let high = scalars.popFirst()?.hexadecimalValue, let low = scalars.popFirst()?.hexadecimalValue {
            key.append(high << 4 | low)
        }
        guard key.count == 32 else { return nil }
        revealed = key
    }
}

extension MasterKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "********" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Unicode.Scalar {
    fileprivate var hexadecimalValue: UInt8? {
        properties.isASCIIHexDigit ? UInt8(String(self), radix: 16) : nil
    }
}
