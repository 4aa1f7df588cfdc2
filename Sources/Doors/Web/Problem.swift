internal import Basics
package import Model
package import NetDriver

/// Why a request is refused, as `application/problem+json` says it (RFC 9457).
package struct Problem: Error, Sendable {
    /// One thing that is wrong with what was sent.
    package struct Fault: Sendable {
        /// A JSON pointer into the body; for a query the parameter's name behind a slash.
        package let path: String
        package let code: String
        package let message: String

        package init(path: String, code: String, message: String) {
            self.path = path
            self.code = code
            self.message = message
        }
    }

    /// A field of one kind of problem only.
    package enum Extension: Sendable {
        case number(StaticString, Int64)
        case flag(StaticString)
    }

    package let status: HTTPStatus
    /// What kind of problem it is, in a word of its own: the end of `type`.
    package let kind: StaticString
    package let detail: String
    package var faults: [Fault]
    package var extra: Extension?
    /// Header fields that the status asks for.
    package var fields = HTTPFields(contentType: "application/problem+json")

    package init(
        _ status: HTTPStatus,
        _ kind: StaticString,
        _ detail: String,
        faults: [Fault] = [],
        extra: Extension? = nil
    ) {
        self.status = status
        self.kind = kind
        self.detail = detail
        self.faults = faults
        self.extra = extra
    }

    /// The same problem, with a `Retry-After`.
    package func retried(afterSeconds seconds: Int) -> Problem {
        var problem = self
        problem.fields.add("Retry-After", seconds)
        return problem
    }

    /// The whole answer.
    package func response(_ context: RequestContext) -> HTTPResponse {
        response(instance: context.instance, name: context.name(), context.saysName ? .elsewhere : .here)
    }

    /// Where an answer says what its request is called: the note's fields may say it already.
    enum NameField { case here, elsewhere }

    func response(instance: String, name: String, _ field: NameField) -> HTTPResponse {
        var fields = fields
        fields.add("Cache-Control", "no-store")
        if field == .here { fields.add("X-Request-Id", name) }
        return HTTPResponse(status, fields: fields, body: json(instance: instance, name: name))
    }

    /// The document.
    package func json(instance: String, name: String) -> [UInt8] {
        var out = JSONWriter()
        out.openObject()
        out.field("type")
        out.text("urn:prima:problem:\(kind)")
        out.field("title")
        out.text("\(status.reason)")
        out.field("status")
        out.integer(Int64(status.code))
        out.field("detail")
        out.text(detail)
        out.field("instance")
        out.text(instance)
        out.field("errors")
        out.openArray()
        for fault in faults.prefix(Limits.problems) {
            out.openObject()
            out.field("path")
            out.text(fault.path)
            out.field("code")
            out.text(fault.code)
            out.field("message")
            out.text(fault.message)
            out.closeObject()
        }
        out.closeArray()
        out.field("requestId")
        out.text(name)
        switch extra {
        case .number(let name, let number)?:
            out.field(name)
            out.integer(number)
        case .flag(let name)?:
            out.field(name)
            out.bool(true)
        case nil: break
        }
        out.closeObject()
        return out.bytes
    }
}

extension Problem.Fault {
    package init(_ problem: FieldProblem) {
        self.init(path: problem.path, code: problem.code.rawValue, message: problem.message)
    }
}
