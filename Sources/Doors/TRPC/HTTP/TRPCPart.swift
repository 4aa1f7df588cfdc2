internal import Basics
internal import Capability
internal import NetDriver

/// The answer to one call, rendered: a part of a batch, or all of it.
struct TRPCPart: Sendable {
    let status: UInt16
    let json: [UInt8]
    var retryAfterSeconds: Int?
    /// What the answer shows.
    var position: Int64?

    init(_ rendition: Rendition, _ form: OutputWriter.Form, position: Int64?) {
        var json: [UInt8] = []
        TRPCWords.appendResult(rendition, form, to: &json)
        status = 200
        self.json = json
        self.position = position
    }

    init(_ refusal: Refusal, path: String?, _ form: OutputWriter.Form) {
        var json: [UInt8] = []
        TRPCWords.appendError(refusal, path: path, form, to: &json)
        status = refusal.code.status
        self.json = json
        retryAfterSeconds = refusal.retryAfterSeconds
    }

    /// What every answer says; it depends on whether lines were asked for.
    static func fields(contentType: StaticString = "application/json") -> HTTPFields {
        var fields = HTTPFields(contentType: contentType)
        fields.add("Vary", "trpc-accept")
        return fields
    }

    private static let plainFields = fields()

    /// The one answer to a call.
    var response: HTTPResponse { Self.response(HTTPStatus(status), json, [self]) }

    /// The answer to a batch: 207 when its parts differ.
    static func response(batch parts: [TRPCPart]) -> HTTPResponse {
        var body: [UInt8] = []
        body.append(UInt8(ascii: "["))
        for (index, part) in parts.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(part.json.raw)
        }
        body.append(UInt8(ascii: "]"))
        let first = parts.first?.status ?? 200
        return response(HTTPStatus(parts.allSatisfy { $0.status == first } ? first : 207), body, parts)
    }

    private static func response(_ status: HTTPStatus, _ body: [UInt8], _ parts: [TRPCPart]) -> HTTPResponse {
        var fields = plainFields
        if let seconds = parts.compactMap(\.retryAfterSeconds).max() { fields.add("Retry-After", seconds) }
        // All parts show at least what the oldest of them shows.
        if let position = parts.compactMap(\.position).min() { fields.add("Prima-Position", Int(position)) }
        return HTTPResponse(status, fields: fields, body: body, compression: .whenAsked)
    }
}
