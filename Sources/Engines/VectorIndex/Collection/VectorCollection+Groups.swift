package import Basics

extension VectorCollection {
    /// The best points of one value of a field.
    package struct Group: Sendable, Hashable {
        package let value: Value
        /// Best first.
        package let hits: [Hit]

        package init(value: Value, hits: [Hit]) {
            self.value = value
            self.hits = hits
        }
    }

    /// The best `limit` groups by their best points, each with at most `size` of them.
    ///
    /// Points are grouped by the texts, integers and truth values of a field; one with many is in each of their
    /// groups, one with none in none. `search.limit` and `search.offset` say nothing here.
    package func groups(
        by path: PayloadPath,
        limit: Int,
        size: Int,
        _ search: Search,
        scratch: GraphScratch = GraphScratch()
    ) throws(CollectionFault) -> [Group] {
        guard limit > 0, size > 0 else { return [] }
        var wider = search
        wider.offset = 0
        wider.limit = limit * size * 2
        while true {
            let hits = try self.search(wider, scratch: scratch)
            let groups = grouped(hits, by: path, limit, size)
            let isFull = groups.count == limit && groups.allSatisfy { $0.hits.count == size }
            if isFull || hits.count < wider.limit || wider.limit >= count { return groups }
            // A group may be larger than it seems: look further, until there is nothing more.
            wider.limit = Swift.min(count, wider.limit * 4)
        }
    }

    private func grouped(_ hits: [Hit], by path: PayloadPath, _ limit: Int, _ size: Int) -> [Group] {
        var order: [Value] = []
        var members: [Value: [Hit]] = [:]
        for hit in hits {
            guard let payload = payload(hit.id) else { continue }
            for value in Set(path.values(in: payload, arrays: .opened)) where value.isKey {
                if members[value] == nil { order.append(value) }
                if members[value, default: []].count < size { members[value, default: []].append(hit) }
            }
        }
        // By their best point; of one point's values the lesser text comes first.
        let groups = order.map { Group(value: $0, hits: members[$0] ?? []) }
        let ranked = groups.enumerated().sorted { one, other in
            guard let first = one.element.hits.first, let second = other.element.hits.first, first.id == second.id
            else { return one.offset < other.offset }
            return one.element.value.sortText.byteOrder(other.element.value.sortText) < 0
        }
        return ranked.prefix(limit).map(\.element)
    }
}

extension Value {
    /// Whether it can be the name of a group or a facet.
    var isKey: Bool {
        switch self {
        case .text, .integer, .bool: true
        default: false
        }
    }

    /// What puts groups and facets of equal rank in order.
    var sortText: String {
        switch self {
        case .text(let text): text
        case .integer(let integer): String(integer)
        case .bool(let bool): String(bool)
        default: ""
        }
    }
}
