package import Basics
package import Capability
internal import Model
internal import NetDriver
package import Web

/// Plain HTTP at `/api/v1`: every capability as an operation of the OpenAPI document, dots as slashes.
///
/// A query is a GET whose fields are parameters, a mutation a POST with a JSON body, a subscription a GET that takes an
/// event stream. The answer is the output itself; refusals are problem documents.
package final class RESTDoor: Sendable {
    /// What stands behind the door.
    package struct Services: Sendable {
        package var dispatch: Dispatch
        package var browsers: BrowserRules
        package var clock: any WallClock
        package var version: String

        package init(dispatch: Dispatch, browsers: BrowserRules, clock: any WallClock, version: String) {
            self.dispatch = dispatch
            self.browsers = browsers
            self.clock = clock
            self.version = version
        }
    }

    static let mount: StaticString = "/api/v1"
    /// A body; beyond it, 413.
    static let bodyBytes = 1 << 20
    static let pingSeconds = 15.0

    let services: Services
    let tasks = TaskScope()
    private let document: [UInt8]

    package init(_ services: Services) {
        self.services = services
        document = OpenAPIDocument(services.dispatch.table, version: services.version).json
    }

    /// Every route of the door.
    package var routes: [Route] {
        let (table, document) = (services.dispatch.table, document)
        let aliases = table.list.compactMap { capability in capability.alias.map { (capability, $0) } }
        return aliases.map(route) + [
            Route(
                "openapi",
                .get,
                .exact("/api/openapi.json"),
                guarding: .asked { _ in .ownSites },
                produces: []
            ) { _, _, exchange in
                let body = HTTPResponse(.ok, fields: Self.fields, body: document, compression: .whenAsked)
                exchange.respond(body)
            },
            Route(
                "rest",
                nil,
                .tree(Self.mount),
                guarding: .asked { path in Self.openness(path, table) },
                produces: [],
                pace: .open
            ) { self.handle($0, $1, $2) },
        ]
    }

    /// A path from before there were capabilities.
    private func route(_ capability: Capability, _ alias: Capability.Alias) -> Route {
        let pattern: Route.Pattern = alias.parameter == nil ? .exact(alias.path) : .parameter(after: alias.path)
        let isShared = capability.sharing == .everySite
        return Route(
            alias.path,
            .get,
            pattern,
            guarding: .asked { _ in isShared ? .everySite : .ownSites },
            produces: []
        ) { request, context, exchange in
            self.get(capability, alias, request, context, exchange)
        }
    }

    /// Cancels what is being answered, and returns when nothing of it runs any more.
    package func end() async { await tasks.end() }

    static let fields: HTTPFields = {
        var fields = HTTPFields(contentType: "application/json")
        fields.add("Cache-Control", "no-store")
        return fields
    }()

    private static func openness(_ path: RawSpan, _ table: CapabilityTable) -> Route.Openness {
        capability(path, table)?.sharing == .everySite ? .everySite : .ownSites
    }

    /// The capability that has the path; names need no escapes.
    static func capability(_ path: RawSpan, _ table: CapabilityTable) -> Capability? {
        let start = mount.utf8CodeUnitCount + 1
        guard path.byteCount > start else { return nil }
        let name = path.part(start..<path.byteCount).copy.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: ".") : $0 }
        // A dot in the path would be a second spelling of the same.
        guard path.firstIndex(of: UInt8(ascii: "."), from: start) == nil else { return nil }
        return String(validating: name, as: UTF8.self).flatMap { table[$0] }
    }
}
