internal import Devices

/// What a start of Prima was told: every value is of its own type, and in range.
///
/// Four sources make it, each outranking those before it: the default file inside the binary, the file that
/// `PRIMA_CONFIG` or `--config` names, environment variables, flags. The values below are those of the default file;
/// a test holds the two together.
package struct Configuration: Sendable, Hashable {
    // MARK: Where it listens
    package var host = Host.loopback
    package var port = Port.standard
    package var readyFile: FilePath?

    // MARK: What it keeps
    package var data = FolderPath.standard
    package var retention = Retention.forever
    package var masterKeyFile: FilePath?

    // MARK: Who may speak to it
    package var profile = Profile.development
    package var token: Secret?
    package var tokenFile: FilePath?
    package var insecure = Consent.refused
    package var origins = Origins()
    package var tokenSigningSecret: Secret?

    // MARK: TLS
    package var certificateFile: FilePath?
    package var privateKeyFile: FilePath?
    package var securePort: Port?

    // MARK: Engines
    package var database = StoreChoice.embedded
    package var cache = StoreChoice.embedded
    package var sensory = StoreChoice.embedded
    package var reasoning = StoreChoice.embedded

    // MARK: More doors
    package var qdrantPort: Port?
    package var cozoPort = Port.cozo

    // MARK: How often devices may do what
    package var fieldUpdateLimit = CallLimit(.fieldUpdate)
    package var sacredPhraseLimit = CallLimit(.sacredPhrase)
    package var syncBatchLimit = CallLimit(.syncBatch)
    package var entanglementLimit = CallLimit(.entanglement)
    package var roomActionLimit = CallLimit(.roomAction)
    package var archaeologyLimit = CallLimit(.archaeology)
    package var chatMessageLimit = CallLimit(.chatMessage)

    // MARK: How it runs
    package var region = Region.local
    package var drainSeconds = DrainSeconds.standard
    package var limits = WireLimits()
    package var logFormat: LogFormat?
    package var logLevel = LogLevel.info
    package var telemetry: WebAddress?

    package init() {}
}
