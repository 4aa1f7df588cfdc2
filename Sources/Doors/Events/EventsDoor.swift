internal import Basics
package import Model
internal import NetDriver
package import Ports
package import Web

/// The plain door to the ledger: the routes of the events API, for a router to serve.
package final class EventsDoor: Sendable {
    /// What stands behind the door.
    package struct Services: Sendable {
        package var ledger: any Ledger
        /// Appends as the ledger does, without a task; the completion must not wait.
        package var append: Append
        /// Returns when what a forget at this position takes away is gone from every view.
        package var forgotten: @Sendable (Position) async throws(StoreError) -> Void
        /// Writes what others count, for metrics.
        package var observe: @Sendable (inout MetricsPage) -> Void
        package var version: String
        /// Whether the process serves, as a document; it must not wait.
        package var health: @Sendable () -> [UInt8]

        package typealias Append =
            @Sendable ([Submission], @escaping @Sendable (Result<AppendReceipt, AppendError>) -> Void) -> Void

        package init(
            ledger: any Ledger,
            append: @escaping Append,
            forgotten: @escaping @Sendable (Position) async throws(StoreError) -> Void,
            observe: @escaping @Sendable (inout MetricsPage) -> Void,
            version: String,
            health: @escaping @Sendable () -> [UInt8]
        ) {
            self.ledger = ledger
            self.append = append
            self.forgotten = forgotten
            self.observe = observe
            self.version = version
            self.health = health
        }
    }

    let services: Services
    let counts = AppendCounts()
    let room = AppendRoom()
    let tasks = TaskScope()
    let hub: FollowHub
    let sockets = SocketKinds()

    package init(_ services: Services) {
        self.services = services
        hub = FollowHub(services.ledger, tasks)
    }

    /// Every route of the door; `metrics` is asked for what the router counted, `wire` for what the server did.
    package func routes(
        metrics: @escaping @Sendable (inout MetricsPage) -> Void
    ) -> [Route] {
        let health = services.health
        let lines: [StaticString] = ["application/json", "application/x-ndjson"]
        let bytes: [StaticString] = ["application/json", "application/cbor"]
        let pages: [StaticString] = ["text/plain", "application/openmetrics-text"]
        return [
            Route("append", .post, .exact("/api/events")) { self.append($0, $1, $2) },
            Route("events", .get, .exact("/api/events"), produces: lines, pace: .open) { self.list($0, $1, $2) },
            Route("stream", .get, .exact("/api/events/stream"), produces: ["text/event-stream"], pace: .open) {
                self.stream($0, $1, $2)
            },
            Route("socket", .get, .exact("/api/ws"), produces: [], pace: .open) { self.socket($0, $1, $2) },
            Route("event", .get, .parameter(after: "/api/events/"), produces: bytes) { self.event($0, $1, $2) },
            Route("ledger", .get, .exact("/api/ledger")) { self.head($0, $1, $2) },
            Route("proof", .get, .exact("/api/ledger/proof")) { self.proof($0, $1, $2) },
            Route("consistency", .get, .exact("/api/ledger/consistency")) { self.consistency($0, $1, $2) },
            Route("forget", .post, .exact("/api/ledger/forget")) { self.forget($0, $1, $2) },
            Route("health", .get, .exact("/health"), guarding: .open, produces: []) { _, _, exchange in
                exchange.respond(.ok, fields: Self.fields, body: health())
            },
            Route("root", .get, .exact("/api/"), guarding: .everySite, produces: []) { _, _, exchange in
                exchange.respond(.ok, fields: Self.fields, body: health())
            },
            Route("metrics", .get, .exact("/metrics"), produces: pages) { request, _, exchange in
                self.metrics(request, metrics, exchange)
            },
        ]
    }

    /// Brings new events to followers until the task is cancelled; throws when the ledger ends.
    package func run() async throws(StoreError) { try await hub.run() }

    /// Cancels what is being answered, and returns when nothing of it runs any more.
    package func end() async { await tasks.end() }

    // MARK: Answers

    static let fields: HTTPFields = {
        var fields = HTTPFields(contentType: "application/json")
        fields.add("Cache-Control", "no-store")
        return fields
    }()

    /// Answers with what `work` makes, wherever it waits meanwhile.
    func answer(
        _ exchange: consuming HTTPExchange,
        _ context: RequestContext,
        _ work: @escaping @Sendable () async throws(Problem) -> HTTPResponse
    ) {
        let responder = exchange.deferred()
        tasks.start {
            do throws(Problem) {
                responder.respond(try await work())
            } catch {
                responder.respond(error.response(context))
            }
        }
    }

    /// A document of fields.
    static func document(_ write: (inout JSONWriter) -> Void) -> HTTPResponse {
        var out = JSONWriter()
        out.openObject()
        write(&out)
        out.closeObject()
        return HTTPResponse(.ok, fields: fields, body: out.bytes)
    }
}

extension JSONWriter {
    mutating func field(_ name: StaticString, _ number: Int64) {
        field(name)
        integer(number)
    }

    mutating func field(_ name: StaticString, _ hash: ContentHash) {
        field(name)
        hex(hash.bytes.raw)
    }

    mutating func field(_ name: StaticString, _ path: [ContentHash]) {
        field(name)
        openArray()
        for hash in path { hex(hash.bytes.raw) }
        closeArray()
    }
}
