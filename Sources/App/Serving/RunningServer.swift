internal import Basics
internal import Capability
internal import Catalogue
internal import EventsDoor
internal import FilesDriver
internal import Model
internal import NetDriver
internal import OpenSSLDriver
internal import Ports
internal import ProcessDriver
internal import RESTDoor
internal import Repertoire
internal import Stores
internal import TRPCDoor
internal import Views
internal import Web

/// A server from its start to its end: the ledger, its views, and the doors to them.
struct RunningServer: Sendable {
    private let loaded: LoadedConfiguration
    private let opened: OpenedLedger
    private let projector: Projector
    private let server: HTTPServer
    private let doors: Doors
    private let log: Log
    private let surroundings: Surroundings

    /// Opens everything and answers from now on.
    static func start(
        _ loaded: LoadedConfiguration,
        token: Secret?,
        identity: TLSIdentity?,
        in surroundings: Surroundings
    ) async throws(CommandFailure) -> RunningServer {
        let log = Log(loaded)
        let opened = try await OpenedLedger.open(
            loaded,
            missing: .create,
            options: surroundings.ledger,
            clock: surroundings.wallClock
        )
        do throws(CommandFailure) {
            let projector = try await projector(opened, log)
            let (server, doors) = try listen(loaded, token, identity, opened, projector, log)
            return RunningServer(
                loaded: loaded,
                opened: opened,
                projector: projector,
                server: server,
                doors: doors,
                log: log,
                surroundings: surroundings
            )
        } catch {
            try? await opened.close()
            throw error
        }
    }

    private static func projector(_ opened: OpenedLedger, _ log: Log) async throws(CommandFailure) -> Projector {
        do {
            return try await Projector(
                ViewCatalogue.views,
                of: opened.ledger,
                in: opened.rows,
                clock: ContinuousClock(),
                wallClock: SystemClock(),
                report: { failure in
                    let view = Report.Field("view", .text(failure.view.text))
                    log.write(.warning, "a view stands still: \(failure.error)", [view])
                }
            )
        } catch { throw .rows(opened.folder.rowsPath, error) }
    }

    // MARK: The doors

    private static func listen(
        _ loaded: LoadedConfiguration,
        _ token: Secret?,
        _ identity: TLSIdentity?,
        _ opened: OpenedLedger,
        _ projector: Projector,
        _ log: Log
    ) throws(CommandFailure) -> (HTTPServer, Doors) {
        let configuration = loaded.configuration
        let serving = Lock<HTTPServer?>(nil)
        let measured = Lock<RouteMetrics?>(nil)
        let pulse = Pulse(startedAt: MonotonicClock().nanoseconds())
        let mind = try OpenedMind(loaded, opened, projector, hasOperator: token) {
            pulse.vitals(measured.withLock { $0 }, serving.withLock { $0 })
        }
        let origins = configuration.origins.list
        let browsers = BrowserRules(hosts: [configuration.host.text] + origins.map(\.host.text))
        let doors = Doors(
            events: events(opened.ledger, projector, serving, pulse),
            trpc: TRPCDoor(TRPCDoor.Services(dispatch: mind.dispatch, browsers: browsers, clock: SystemClock())),
            rest: RESTDoor(
                RESTDoor.Services(
                    dispatch: mind.dispatch,
                    browsers: browsers,
                    clock: SystemClock(),
                    version: Version.program
                )
            )
        )
        let plain = doors.events.routes { page in measured.withLock { $0 }?.write(into: &page) }
        let routes = plain + doors.trpc.routes + doors.rest.routes
        let metrics = RouteMetrics(routes.map { ($0.name, $0.method) })
        measured.withLock { $0 = metrics }
        let router = Router(
            routes,
            Router.Surroundings(
                credentials: Credentials(token: token?.revealed),
                browsers: browsers,
                shared: SharedOrigins(origins.map(\.text)),
                names: RequestNames(randomness: SystemRandomness()),
                metrics: metrics,
                log: log,
                clock: { MonotonicClock().nanoseconds() }
            )
        )
        var place = HTTPServer.Door(host: configuration.host.text, port: configuration.port.number, handler: router)
        if loaded.isSecureAlone { place.identity = identity }
        var places = [place]
        if let port = configuration.securePort {
            places.append(.init(host: place.host, port: port.number, handler: router, identity: identity))
        }
        do {
            let server = try HTTPServer.start(
                HTTPServer.Configuration(
                    doors: places,
                    loops: RunningProcess.processors,
                    limits: limits(configuration)
                )
            )
            serving.withLock { $0 = server }
            return (server, doors)
        } catch {
            let remedy =
                error.kind == .addressInUse ? "stop what listens there, or choose another PORT or TLS_PORT" : nil
            throw CommandFailure(.failed, "\(error)", remedy: remedy)
        }
    }

    private static func events(
        _ ledger: SegmentLedger,
        _ projector: Projector,
        _ serving: Lock<HTTPServer?>,
        _ pulse: Pulse
    ) -> EventsDoor {
        EventsDoor(
            EventsDoor.Services(
                ledger: ledger,
                append: { batch, completion in projector.whenNear { ledger.append(batch, completion: completion) } },
                forgotten: { position throws(StoreError) in try await projector.forgotten(through: position) },
                observe: { page in
                    ServerNumbers.write(projector: projector, server: serving.withLock { $0 }, into: &page)
                },
                version: Version.program,
                health: { pulse.health() }
            )
        )
    }

    /// The wire's limits, with descriptors left for the files of the ledger and the views.
    private static func limits(_ configuration: Configuration) -> NetLimits {
        var limits = configuration.limits.limits
        limits.connections = min(limits.connections, max(64, RunningProcess.takeDescriptors() - 512))
        return limits
    }

    // MARK: Serving

    /// Where it answers first.
    var url: String { urls[0].url }

    /// Where it answers, by scheme; the first is the one to name when one is enough.
    private var urls: [(scheme: String, url: String)] {
        let host = loaded.configuration.host.text
        let shown = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host
        let schemes = loaded.isSecureAlone ? ["https"] : ["http", "https"]
        return zip(schemes, server.ports).map { scheme, port in
            (scheme, "\(scheme)://\(shown.contains(":") ? "[\(shown)]" : shown):\(port)")
        }
    }

    /// Serves until a signal asks to stop.
    func serve() async throws(CommandFailure) -> ExitCode {
        let projecting = Task { await projector.run() }
        let following = Task { [doors, log] in
            while !Task.isCancelled {
                do throws(StoreError) { try await doors.events.run() } catch {
                    if error.kind == .cancelled { return }
                    log.write(.warning, "followers wait: \(error)")
                    try? await ContinuousClock().sleep(for: .seconds(1))
                }
            }
        }
        defer { following.cancel() }
        let keeping = Task { [loaded, opened, projector, log, surroundings] in
            guard case .days(let days) = loaded.configuration.retention else { return }
            let keeper = RetentionKeeper(ledger: opened.ledger, projector: projector, log: log)
            await keeper.run(days: days, clock: surroundings.clock)
        }
        do throws(CommandFailure) {
            try announce()
        } catch {
            await stop(projecting, keeping)
            try? await opened.close()
            throw error
        }
        await stopped()
        log.write(.info, "stopping")
        // Whoever asks twice means now; what was acknowledged is on the disk already.
        Thread.start(name: "prima-signals") { [surroundings] in
            surroundings.awaitStop()
            RunningProcess.exitAtOnce(ExitCode.done.rawValue)
        }
        doors.trpc.leave()
        await drain()
        await stop(projecting, keeping)
        try await opened.close()
        log.write(.info, "stopped")
        await log.finish()
        return .done
    }

    private func stop(_ projecting: Task<Void, Never>, _ keeping: Task<Void, Never>) async {
        await doors.events.end()
        await doors.trpc.end()
        await doors.rest.end()
        projecting.cancel()
        keeping.cancel()
        await projecting.value
        await keeping.value
    }

    private func stopped() async {
        await withCheckedContinuation { continuation in
            Thread.start(name: "prima-signals") { [surroundings] in
                surroundings.awaitStop()
                continuation.resume()
            }
        }
    }

    private func drain() async {
        let seconds = Double(loaded.configuration.drainSeconds.seconds)
        await withCheckedContinuation { continuation in
            Thread.start(name: "prima-drain") { [server] in
                server.drain(seconds: seconds)
                continuation.resume()
            }
        }
    }

    private func announce() throws(CommandFailure) {
        let data = PosixDisk.absolute(opened.folder.path)
        let extent = opened.ledger.extent
        let fields: [Report.Field] = [
            Report.Field("pid", .number(Int64(RunningProcess.identifier))), Report.Field("url", .text(url)),
            Report.Field("doors", .fields(urls.map { Report.Field($0.scheme, .text($0.url)) })),
            Report.Field("data", .text(data)),
            Report.Field("version", .text(Version.program)),
        ]
        switch log.format {
        case .json:
            let more = [
                Report.Field("size", .number(extent.size)),
                Report.Field("region", .text(loaded.configuration.region.text)),
            ]
            log.write(.info, "serving", fields + more)
        case .text:
            let doors = urls.map { door in
                let name = ("  \(door.scheme)    ").prefix(10)
                return "\(name)\(door.url)/api/trpc, /api/v1, /api/openapi.json, /api/events, /health, /metrics"
            }
            let lines = """
                Prima \(Version.program)
                  data    \(data), \(extent.size) events
                  means   an acknowledgement is sent when the events are on stable storage
                  region  \(loaded.configuration.region.text)
                \(doors.joined(separator: "\n"))
                  stop    Ctrl-C

                """
            log.say(lines)
        }
        if let path = loaded.configuration.readyFile { try ReadyFile(path: path).write(.fields(fields)) }
    }
}
