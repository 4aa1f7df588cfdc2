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
    private let label: Label
    private let names: RequestNames

    private enum Label: Sendable {
        /// Nobody would read a name: one is made each time that it is needed.
        case none
        /// What is left of a note that only has a name of ours.
        case number(UInt64)
        case note(RequestNote)
    }

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
        label = note.map { .note($0) } ?? .none
    }

    private init(_ whole: RequestContext, _ label: Label) {
        principal = whole.principal
        route = whole.route
        path = whole.path
        parameter = whole.parameter
        names = whole.names
        self.label = label
    }

    /// What the request is called in answers and logs.
    package func name() -> String {
        switch label {
        case .none: names.next().text
        case .number(let number): names.made(number).text
        case .note(let note): note.text
        }
    }

    /// The number that tells this request from others of its kind; nil when its client named it, or a trace.
    ///
    /// Whoever keeps many requests of one kind for long may share an `unnamed` one, and keep their numbers.
    package func number() -> UInt64? {
        switch label {
        case .none: names.nextNumber()
        case .number(let number): number
        case .note(let note): note.number
        }
    }

    /// What is the same of all requests of this kind.
    package var unnamed: RequestContext { RequestContext(self, .none) }

    /// The request of this kind that has the number.
    package func numbered(_ number: UInt64) -> RequestContext { RequestContext(self, .number(number)) }

    /// Nil where nobody would read it.
    private var note: RequestNote? {
        guard case .note(let note) = label else { return nil }
        return note
    }

    /// Whether they differ in their labels only.
    package func isOfKind(of other: RequestContext) -> Bool {
        principal == other.principal && route == other.route && names === other.names && parameter == other.parameter
    }

    /// Whether fields of every answer say the name already.
    var saysName: Bool { note?.saysName ?? false }

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
