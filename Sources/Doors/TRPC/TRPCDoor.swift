package import Basics
package import Capability
internal import Model
internal import NetDriver
package import Web

/// tRPC 11 at `/api/trpc`: every capability as a procedure, in batches and streams, over HTTP and WebSocket.
///
/// Each call is answered in the form that its input has: plain JSON, or superjson.
package final class TRPCDoor: Sendable {
    /// What a client notices of the server besides its procedures.
    package struct Settings: Sendable {
        /// A body; beyond it, 413.
        package var bodyBytes = 1 << 20
        /// Calls of one batch; beyond it, the batch is refused as a whole.
        package var batchCalls = 100
        /// How often a stream that has nothing to say says so; nil: never.
        package var pingSeconds: Double? = 15
        /// After what silence a client of a subscription shall come again; nil: it does as it likes.
        package var reconnectMilliseconds: Int64? = 45_000
        /// How long a stream of a subscription may last; nil: as long as it likes.
        package var streamSeconds: Double?
        /// How often a WebSocket is asked in text whether somebody is there; nil: the wire's own pings are enough.
        package var socketPingSeconds: Double?
        package var batches = Permission.granted
        /// Whether a query may come by POST.
        package var queriesByPost = Permission.refused

        package enum Permission: Sendable { case granted, refused }

        package init() {}
    }

    /// What stands behind the door.
    package struct Services: Sendable {
        package var dispatch: Dispatch
        package var browsers: BrowserRules
        package var clock: any WallClock

        package init(dispatch: Dispatch, browsers: BrowserRules, clock: any WallClock) {
            self.dispatch = dispatch
            self.browsers = browsers
            self.clock = clock
        }
    }

    let services: Services
    let settings: Settings
    let tasks = TaskScope()
    let sockets = TRPCSockets()
    private let declaration: [UInt8]

    package init(_ services: Services, _ settings: Settings = Settings()) {
        self.services = services
        self.settings = settings
        declaration = Array(RouterDeclaration(services.dispatch.table).text.utf8)
    }

    /// Every route of the door.
    package var routes: [Route] {
        [
            Route("router", .get, .exact("/api/trpc/router.d.ts"), guarding: .everySite, produces: []) {
                [declaration] _, _, exchange in
                let fields = HTTPFields(contentType: "text/typescript; charset=utf-8")
                exchange.respond(HTTPResponse(.ok, fields: fields, body: declaration, compression: .whenAsked))
            },
            Route("trpc", nil, .tree("/api/trpc"), guarding: .everySite, produces: [], pace: .open) {
                self.handle($0, $1, $2)
            },
        ]
    }

    /// Cancels what is being answered, and returns when nothing of it runs any more.
    package func end() async { await tasks.end() }
}
