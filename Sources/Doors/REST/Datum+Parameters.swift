internal import Basics
internal import Capability
internal import NetDriver
internal import Web

/// The input of a query, from the parameters of its address.
extension Datum {
    /// `input` is the whole of it as JSON; any other parameter is a field: text where a text belongs, else JSON.
    init(parameters request: HTTPRequest, of schema: Schema) throws(Problem) {
        var parameters = QueryParameters(request)
        var entries = Entries()
        if let text = parameters.text("input") {
            guard let datum = try? Datum(json: text.utf8.raw) else {
                throw Problem(.badRequest, "unreadable", "The parameter `input` is no JSON.")
            }
            guard case .object(let given) = datum else {
                self = datum
                return
            }
            entries = given
        }
        let wishes = ["after", "asOf", "lastEventId"].map { Schema.Property($0, .union([]), .optional) }
        let named = schema.properties + wishes.filter { wish in !schema.properties.contains { $0.name == wish.name } }
        for property in named {
            guard let text = parameters.text(property.name) else { continue }
            entries[property.name] = Self.read(text, property.schema)
        }
        try parameters.check()
        self = .object(entries)
    }

    private static func read(_ text: String, _ schema: Schema) -> Datum {
        switch schema.unnamed {
        case .text, .choice, .instant: return .text(text)
        case .nullable(let inner):
            if case .text = inner.unnamed { return .text(text) }
        default: break
        }
        // What is no JSON may be a text after all: its shape knows.
        return (try? Datum(json: text.utf8.raw)) ?? .text(text)
    }
}
