internal import Basics
internal import NetDriver

/// What answers say that the pages of every site may read (CORS): those of the API that the apps in the field speak.
enum EverySite {
    /// Stands in every answer, refusals too.
    static let fields: HTTPFields = {
        var fields = HTTPFields()
        fields.add("Access-Control-Allow-Origin", "*")
        fields.add("Access-Control-Expose-Headers", "Prima-Position, Retry-After, X-Request-Id")
        return fields
    }()

    /// For the answer to a page that asks whether it may: it may, with whatever header it names.
    static func preflight(_ request: HTTPRequest) -> HTTPFields {
        var fields = HTTPFields()
        fields.add("Access-Control-Allow-Methods", "GET,HEAD,PUT,POST,DELETE,PATCH")
        if let asked = request.field("access-control-request-headers") {
            fields.add("Access-Control-Allow-Headers", asked)
            fields.add("Vary", "Access-Control-Request-Headers")
        }
        return fields
    }
}
