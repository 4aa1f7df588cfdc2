extension Configuration {
    /// The default file: what holds when nobody says otherwise, and what each key means.
    ///
    /// `.env.example` and the page Configuration.md repeat it; a test compares them.
    package static let defaultFile = """
        # Prima's configuration: one KEY=value a line, as in any .env file. This is the default file, which is in
        # the program: it says what holds when nobody says otherwise.
        #
        # Four sources, each outranking those before it:
        #   1. this default file
        #   2. a file of yours: PRIMA_CONFIG=FILE in the environment, or --config FILE
        #   3. environment variables of these names
        #   4. flags: the name without PRIMA_, in lower case, with dashes (PRIMA_LOG_LEVEL: --log-level VALUE);
        #      secrets have no flag, since the list of processes shows flags
        #
        # No value means "not set". A # begins a comment only at the start of a line. A value may stand in 'single' or
        # "double" quotes, which keep spaces at its ends; nothing is expanded or escaped. A name that is not below is
        # refused, also as a variable when it begins with PRIMA_. `prima config` prints what is in effect and where it
        # came from; `prima check-config` only checks.

        # --- Where it listens. These take effect with `prima serve`; they are
        # checked whenever they are set.

        # An IP address or a host name. Anything but loopback needs a token (below).
        HOST=127.0.0.1
        # 0: any free port.
        PORT=7746
        # A file that is written when every door answers: {"pid", "url", "doors", "data", "version"}.
        PRIMA_READY_FILE=

        # --- What it keeps

        # The data folder; made with mode 0700 when it is not there. One server at a time may own it.
        PRIMA_DATA=./prima-data
        # How long the bodies of the ledger are kept: forever, or days of ledger time. The proofs always stay.
        PRIMA_RETAIN=forever
        # A file with the 32 bytes (or their 64 hexadecimal digits) that wrap the keys of the keyring.
        # Whoever loses it loses every body.
        PRIMA_MASTER_KEY_FILE=

        # --- Who may speak to it

        # development, staging or production. Production needs a token, and every configured store at its start.
        PRIMA_PROFILE=development
        # The operator's bearer token, or the file that holds it: one of the two.
        PRIMA_TOKEN=
        PRIMA_TOKEN_FILE=
        # 1 lets a server without a token listen on every HOST: for a network in which everyone is trusted.
        PRIMA_INSECURE=0
        # The sites whose pages may call from a browser: origins, separated by commas.
        CORS_ORIGINS=
        # What signs the tokens of devices (HS256); no value: a secret that is made at the first start, and kept.
        JWT_SECRET=

        # --- TLS

        # Certificate chain and private key, PEM; both or none. Without a port of its own TLS takes PORT, alone.
        TLS_CERT=
        TLS_KEY=
        TLS_PORT=

        # --- Engines. No value: the embedded engine. file:///folder: the embedded engine, in that folder.

        # The ledger and the views. An embedded folder that is named here outranks PRIMA_DATA, but not a --data flag.
        DATABASE_URL=
        # The cache, as a URL or in parts; what resembles this; what follows from this. This build has none of them, and
        # refuses a value.
        REDIS_URL=
        REDIS_HOST=
        REDIS_PORT=
        REDIS_PASSWORD=
        QDRANT_URL=
        COZO_URL=

        # --- More doors. This build has neither, and refuses other values.

        # A port that speaks Qdrant's protocol; no value: none.
        PRIMA_QDRANT_PORT=
        # A port that speaks Cozo's protocol.
        PRIMA_COZO_PORT=9070

        # --- How often a device may do what: points/window/block, the last two in seconds; 0: as often as it likes

        PRIMA_LIMIT_FIELD_UPDATE=30/60/10
        PRIMA_LIMIT_SACRED_PHRASE=5/60/60
        PRIMA_LIMIT_SYNC_BATCH=10/60/30
        PRIMA_LIMIT_ENTANGLEMENT=3/300/120
        PRIMA_LIMIT_ROOM64_ACTION=20/60/15
        PRIMA_LIMIT_ARCHAEOLOGY=10/300/60
        PRIMA_LIMIT_CHAT_MESSAGE=20/60/30

        # --- How it runs

        # What this server calls the place where it stands.
        PRIMA_REGION=local
        # How many seconds a server's stop waits for what is in flight.
        PRIMA_DRAIN_SECONDS=10
        # Limits and times of the wire that differ from their defaults: headSeconds=10,connections=50000.
        PRIMA_LIMITS=
        # The log, on standard error: text or json; no value: text on a terminal, json otherwise.
        PRIMA_LOG=
        # debug, info, warning or error.
        PRIMA_LOG_LEVEL=info
        # Where traces and metrics are sent, by OTLP over HTTP; no value: nowhere. This build sends none, and
        # refuses a value.
        OTEL_EXPORTER_OTLP_ENDPOINT=

        """
}
