internal import Basics
internal import NetDriver

/// What is known of a request besides its own words: who asks, by which name it goes, and which trace it is part of.
///
/// It may be kept, and taken to another thread.
package struct RequestContext: Sendable {
    /// How the one who asks is known.
    package enum Principal: Sendable {
        /// Not at all: there is no token to show.
        case anyone
        /// By the operator's token.
        case `operator`
    }

    package let principal: Principal
    /// The place in the list of routes.
    package let route: Int
    /// The path without its parameter.
    package let path: StaticString
    /// The last segment of the path, escapes and all; empty when the route has none.
    package let parameter: [UInt8]
    /// Nil where nobody would read it: names are made when they are needed.
    let note: RequestNote?
    private let names: RequestNames

    init(
        _ request: HTTPRequest,
        _ principal: Principal,
        _ route: Int,
        _ path: StaticString,
        _ names: RequestNames,
        _ note: RequestNote?
    ) {
        self.principal = principal
        self.route = route
        self.path = path
        var parameter: [UInt8] = []
        if request.path.byteCount > path.utf8CodeUnitCount {
            parameter = request.path.part(path.utf8CodeUnitCount..<request.path.byteCount).copy
        }
        self.parameter = parameter
        self.names = names
        self.note = note
    }

    /// What the request is called in answers and logs.
    package func name() -> String { note?.text ?? names.next().text }

    /// `traceparent` for whoever is asked because of this request; nil when its client did not name a trace.
    package var trace: [UInt8]? { note?.trace?.header }

    /// The path as it was asked for.
    package var instance: String {
        var bytes: [UInt8] = []
        bytes.append(path)
        bytes.append(parameter.raw)
        return bytes.raw.text
    }
}
