package import NetDriver

/// One way in: a method, a path, and what answers there.
package struct Route: Sendable {
    /// The paths that a route is for.
    package enum Pattern: Sendable {
        case exact(StaticString)
        /// One more segment follows, which is the parameter; the text ends with a slash.
        case parameter(after: StaticString)
        /// This path and all below it: the parameter is what follows, with its slash.
        case tree(StaticString)
    }

    /// Who may come in.
    package enum Guarding: Sendable {
        /// Everybody, from anywhere.
        case open
        /// The same, and pages of every site may read the answer.
        case everySite
        /// Either of them, as the path says; whose token it is the route asks itself.
        case asked(@Sendable (_ path: RawSpan) -> Openness)
        /// Whoever brings the token, and no page of a foreign site.
        case tokenAndOrigin
    }

    /// Which pages may call, and read the answer.
    package enum Openness: Sendable { case everySite, ownSites }

    /// Answers a request; `request` ends with the call.
    package typealias Action =
        @Sendable (_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) -> Void

    /// Whose choice it is how long an answer takes.
    package enum Pace: Sendable {
        /// Ours: a slow one is worth a line in the log.
        case prompt
        /// The client's, who reads on as long as it likes.
        case open
    }

    /// The pattern's path without its parameter.
    var path: StaticString {
        switch pattern {
        case .exact(let text), .parameter(let text), .tree(let text): text
        }
    }

    package let name: StaticString
    /// Nil: any.
    package let method: HTTPMethod?
    package let pattern: Pattern
    package let guarding: Guarding
    /// The media types that it answers with, the preferred one first; a client that takes none of them gets 406.
    package let produces: [StaticString]
    package let pace: Pace
    /// How often it may be asked; nil: as often as one likes.
    package let allowance: Allowance?
    package let action: Action

    /// `name` is what metrics call it.
    package init(
        _ name: StaticString,
        _ method: HTTPMethod?,
        _ pattern: Pattern,
        guarding: Guarding = .tokenAndOrigin,
        produces: [StaticString] = ["application/json"],
        pace: Pace = .prompt,
        allowance: Allowance? = nil,
        action: @escaping Action
    ) {
        self.name = name
        self.method = method
        self.pattern = pattern
        self.guarding = guarding
        self.produces = produces
        self.pace = pace
        self.allowance = allowance
        self.action = action
    }
}
