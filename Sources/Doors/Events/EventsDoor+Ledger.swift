internal import Basics
internal import Model
internal import NetDriver
internal import Ports
internal import Web

/// `GET /api/ledger`, its proofs, and `POST /api/ledger/forget`.
extension EventsDoor {
    func head(_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        do throws(Problem) {
            var parameters = QueryParameters(request)
            try parameters.finish()
        } catch {
            return exchange.respond(error.response(context))
        }
        let ledger = services.ledger
        answer(exchange, context) { () async throws(Problem) in
            let signed: SignedTreeHead
            do throws(StoreError) { signed = try await ledger.signedHead() } catch { throw Problem(error) }
            let extent = ledger.extent
            return Self.document { out in
                out.field("size", signed.head.size)
                out.field("root", signed.head.root)
                out.field("signature")
                out.hex(signed.signature.bytes.raw)
                out.field("publicKey")
                out.hex(signed.publicKey.bytes.raw)
                out.field("time", signed.time)
                out.field("first", extent.first)
                out.field("durable", signed.head.size - 1)
                out.field("bytes", extent.bytes)
                out.field("segments", Int64(extent.segments))
            }
        }
    }

    func proof(_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        let ledger = services.ledger
        let place: (position: Position, size: Int64)
        do throws(Problem) {
            var parameters = QueryParameters(request)
            let now = ledger.extent.size
            let position = parameters.integer("position", in: 0...(Position.limit - 1))
            let size = parameters.integer("size", in: 0...Limits.integer) ?? now
            if position == nil { parameters.require("position", "whose event is to be proved") }
            try parameters.finish()
            guard size <= now else { throw Self.beyond(now) }
            guard let position = position.flatMap({ Position(checking: $0) }), position.index < size else {
                throw Self.outside("position", "it is below `size`, which is \(size)")
            }
            place = (position, size)
        } catch {
            return exchange.respond(error.response(context))
        }
        answer(exchange, context) { () async throws(Problem) in
            let proof: InclusionProof
            do throws(StoreError) {
                proof = try await ledger.inclusion(of: place.position, in: place.size)
            } catch { throw Problem(error) }
            return Self.document { out in
                out.field("position", proof.position.index)
                out.field("size", proof.size)
                out.field("leaf", proof.leaf)
                out.field("path", proof.path)
                out.field("root", proof.root)
            }
        }
    }

    func consistency(_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        let ledger = services.ledger
        let sizes: (from: Int64, to: Int64)
        do throws(Problem) {
            var parameters = QueryParameters(request)
            let now = ledger.extent.size
            let from = parameters.integer("from", in: 0...Limits.integer)
            let to = parameters.integer("to", in: 0...Limits.integer) ?? now
            if from == nil { parameters.require("from", "the size of the older tree") }
            try parameters.finish()
            guard to <= now else { throw Self.beyond(now) }
            guard let from, from <= to else { throw Self.outside("from", "it is not above `to`, which is \(to)") }
            sizes = (from, to)
        } catch {
            return exchange.respond(error.response(context))
        }
        answer(exchange, context) { () async throws(Problem) in
            let proof: ConsistencyProof
            do throws(StoreError) {
                proof = try await ledger.consistency(from: sizes.from, to: sizes.to)
            } catch { throw Problem(error) }
            return Self.document { out in
                out.field("from", proof.from)
                out.field("to", proof.to)
                out.field("path", proof.path)
                out.field("fromRoot", proof.fromRoot)
                out.field("toRoot", proof.toRoot)
            }
        }
    }

    private static func beyond(_ size: Int64) -> Problem {
        Problem(.notFound, "no-such-tree", "The ledger has \(size) events by now.")
    }

    private static func outside(_ name: String, _ message: String) -> Problem {
        let fault = Problem.Fault(path: "/\(name)", code: "out_of_range", message: message)
        return Problem(.unprocessable, "invalid-query", "The query is not valid.", faults: [fault])
    }

    // MARK: Forgetting

    func forget(_ request: HTTPRequest, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        guard MediaType.isPlain(request), MediaType.isBody(request, "application/json") else {
            return exchange.respond(Problem.unsupportedBody("application/json, not compressed").response(context))
        }
        guard Self.hasLength(request) else { return exchange.respond(Problem.lengthRequired.response(context)) }
        exchange.readBody(limit: 1 << 16) { _, body, exchange in
            do throws(Problem) {
                self.forget(try ForgetRequest(body).subject, context, exchange)
            } catch {
                exchange.respond(error.response(context))
            }
        }
    }

    private func forget(_ subject: SubjectID, _ context: RequestContext, _ exchange: consuming HTTPExchange) {
        let (services, hub) = (services, hub)
        answer(exchange, context) { () async throws(Problem) in
            let done: Forgetting
            do throws(AppendError) {
                done = try await services.ledger.forget(subject, by: context.writer)
            } catch {
                throw Problem(error, .single)
            }
            hub.forget()
            if let position = done.position {
                do throws(StoreError) { try await services.forgotten(position) } catch { throw Problem(error) }
            }
            return Self.document { out in
                out.field("subject")
                out.text(done.subject.text)
                out.field("position")
                if let position = done.position { out.integer(position.index) } else { out.null() }
                out.field("events", done.events)
            }
        }
    }

    // MARK: Numbers

    func metrics(
        _ request: HTTPRequest,
        _ others: @Sendable (inout MetricsPage) -> Void,
        _ exchange: consuming HTTPExchange
    ) {
        let isOpen = MediaType.preferred(of: ["text/plain", "application/openmetrics-text"], by: request) == 1
        var page = MetricsPage(isOpen ? .openMetrics : .prometheus)
        others(&page)
        counts.write(into: &page)
        room.write(into: &page)
        let extent = services.ledger.extent
        page.family("prima_ledger_size", .gauge, "Events in the ledger, all of them durable.")
        page.sample("", "", extent.size)
        page.family("prima_ledger_durable", .gauge, "The highest position on stable storage, -1 when there is none.")
        page.sample("", "", extent.durable)
        page.family("prima_ledger_first", .gauge, "The first position that retention kept.")
        page.sample("", "", extent.first)
        page.family("prima_ledger_bytes", .gauge, "Bytes of the ledger's segments.")
        page.sample("", "", extent.bytes)
        page.family("prima_ledger_segments", .gauge, "Segments of the ledger.")
        page.sample("", "", Int64(extent.segments))
        services.observe(&page)
        let type: StaticString =
            isOpen
            ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
            : "text/plain; version=0.0.4; charset=utf-8"
        var fields = HTTPFields(contentType: type)
        fields.add("Vary", "Accept")
        exchange.respond(HTTPResponse(.ok, fields: fields, body: page.finished(), compression: .whenAsked))
    }
}

extension QueryParameters {
    fileprivate mutating func require(_ name: String, _ message: String) { fail(name, "required", message) }
}

/// The body of a forget: `{"subject": …}`.
private struct ForgetRequest {
    let subject: SubjectID

    init(_ body: RawSpan) throws(Problem) {
        let value: Value
        do throws(JSONError) {
            var reader = JSONReader(body)
            value = try reader.value()
            try reader.finish()
        } catch {
            throw Problem(.badRequest, "unreadable", "The body cannot be read: \(error).")
        }
        guard case .map(let fields) = value else {
            throw Self.invalid([Self.fault("", "wrong_type", "it is an object")])
        }
        var faults: [Problem.Fault] = []
        for (key, _) in fields where !key.hasSameBytes(as: "subject") {
            let path = JSONPointer().appending(key).description
            faults.append(Self.fault(path, "unknown_field", "there is no such field"))
        }
        var subject: SubjectID?
        switch fields["subject"] {
        case .text(let text)?:
            do throws(IdentifierInvalid) { subject = try SubjectID(text) } catch {
                faults.append(Self.fault("/subject", error.code.rawValue, error.message))
            }
        case nil: faults.append(Self.fault("/subject", "required", "whose bodies are to be forgotten"))
        default: faults.append(Self.fault("/subject", "wrong_type", "it is a text"))
        }
        guard faults.isEmpty, let subject else { throw Self.invalid(faults) }
        self.subject = subject
    }

    private static func fault(_ path: String, _ code: String, _ message: String) -> Problem.Fault {
        Problem.Fault(path: path, code: code, message: message)
    }

    private static func invalid(_ faults: [Problem.Fault]) -> Problem {
        Problem(.unprocessable, "invalid", "The body is not valid.", faults: faults)
    }
}
