internal import Basics
internal import Model
internal import Ports
internal import Web

extension LedgerQuery {
    /// What a page of events is asked for with.
    init(page parameters: inout QueryParameters) throws(Problem) {
        self.init()
        after = parameters.integer("after", in: -1...Limits.integer) ?? -1
        before = parameters.integer("before", in: 0...Limits.integer)
        limit = Int(parameters.integer("limit", in: 1...Int64(Limits.requestEvents)) ?? 100)
        readFilters(&parameters)
        to = parameters.integer("to", in: -Limits.integer...Limits.integer)
        switch parameters.text("order") {
        case "asc"?, nil: order = .ascending
        case "desc"?: order = .descending
        default: parameters.fail("order", "out_of_range", "it is asc or desc")
        }
        try parameters.finish()
    }

    mutating func readFilters(_ parameters: inout QueryParameters) {
        agents = parameters.names("agent")
        types = parameters.names("type")
        rooms = parameters.names("room")
        from = parameters.integer("from", in: -Limits.integer...Limits.integer)
    }
}
