internal import Basics

/// The vectors of one name in a segment, and what finds the near ones: their bytes, and a graph over those.
///
/// Rows are added by one thread while none reads; then any number search. A column without a graph is scanned.
package final class VectorColumn: Sendable {
    package let metric: Metric
    package let dimension: Int
    package let rows: Rows
    package let index: Index?

    /// What makes a search quick.
    package struct Index: Sendable {
        /// How rows become the graph's; nil for bits, which are their own.
        package let quantizer: Quantizer?
        package let graph: Graph
    }

    package init(metric: Metric, dimension: Int, rows: Rows, index: Index? = nil) {
        self.metric = metric
        self.dimension = dimension
        self.rows = rows
        self.index = index
    }

    /// How a search weighs time against what it misses.
    package struct Effort: Sendable, Hashable {
        /// How many near rows the walk keeps; more find more.
        package var breadth: Int
        /// How many times more rows than asked for are measured again by their numbers.
        package var oversampling: Int
        package var way: Way

        package enum Way: Sendable, Hashable {
            /// Whatever is quickest.
            case any
            /// Every allowed row by its numbers: nothing is missed.
            case exact
            /// Every allowed row by its bytes.
            case scan
            case graph
        }

        package init(breadth: Int = 64, oversampling: Int = 3, way: Way = .any) {
            self.breadth = breadth
            self.oversampling = oversampling
            self.way = way
        }
    }

    /// The `limit` nearest of the first `count` rows to a query, nearest first, as distances of the metric's measure.
    ///
    /// `allowed` are the rows that may be found, `among` how many they are.
    package func nearest(
        to query: Query,
        limit: Int,
        count: Int,
        allowed: Bitmap? = nil,
        among: Int? = nil,
        effort: Effort = Effort(),
        scratch: GraphScratch
    ) -> [Neighbour] {
        let allowedCount = allowed.map { among ?? $0.count } ?? count
        guard limit > 0, allowedCount > 0 else { return [] }
        guard let index, effort.way != .exact else {
            return exact(query, limit, count, allowed, scratch)
        }
        let wanted = Swift.min(
            allowedCount,
            limit * Swift.max(1, (index.quantizer?.coarseness ?? 0) * effort.oversampling)
        )
        let padded = index.graph.rows.padded(query: query, index.quantizer)
        let breadth = Swift.max(effort.breadth, limit)
        let plan = Plan(
            rows: count,
            allowed: allowedCount,
            breadth: breadth,
            stride: index.graph.rows.stride,
            isFiltered: allowed != nil
        )
        let near = allowed.flatMap { allowed -> Bearing? in
            guard effort.way == .any, !plan.scans else { return nil }
            return Bearing(
                of: padded,
                in: index.graph,
                allowed: allowed,
                share: Double(allowedCount) / Double(count),
                scratch
            )
        }
        if effort.way == .scan || effort.way == .any && (plan.scans || near?.isElsewhere ?? false) {
            let found = index.graph.rows.nearest(
                to: padded.raw,
                by: index.graph.measure,
                count: count,
                breadth: Swift.max(wanted, Swift.min(limit * 4, 64) * (index.quantizer?.coarseness ?? 1)),
                allowed: allowed,
                scratch: scratch
            )
            return rescored(found, query, limit, index)
        }
        var found = index.graph.search(
            padded.raw,
            breadth: Swift.max(breadth, wanted),
            allowed: allowed,
            seeds: (near?.allowed ?? []) + (allowed.map { seeds($0, count) } ?? []),
            scratch: scratch
        )
        if found.count < Swift.min(limit, allowedCount) {
            // The walk found no way to enough allowed rows: they are few, or far apart.
            return exact(query, limit, count, allowed, scratch)
        }
        if index.quantizer != nil { found.removeLast(Swift.max(0, found.count - Swift.max(wanted, limit))) }
        return rescored(found, query, limit, index)
    }

    private func exact(
        _ query: Query,
        _ limit: Int,
        _ count: Int,
        _ allowed: Bitmap?,
        _ scratch: GraphScratch
    ) -> [Neighbour] {
        rows.nearest(
            to: rows.padded(query: query, nil).raw,
            by: metric.measure,
            count: count,
            breadth: limit,
            allowed: allowed,
            scratch: scratch
        )
    }

    /// Measured by numbers, in their order, at most `limit`.
    private func rescored(_ found: [Neighbour], _ query: Query, _ limit: Int, _ index: Index) -> [Neighbour] {
        guard index.quantizer != nil else { return Array(found.prefix(limit)) }
        let padded = rows.padded(query: query, nil)
        let distances = rows.distances(from: padded.raw, to: found.map { UInt32($0.row) }, by: metric.measure)
        let measured = zip(found, distances).map { Neighbour(row: $0.row, distance: $1) }
        return Array(measured.sorted().prefix(limit))
    }

    /// Some allowed rows, spread evenly: the walk begins at them too, so that it starts somewhere allowed.
    private func seeds(_ allowed: Bitmap, _ count: Int) -> [UInt32] {
        let wanted = 32
        var seeds: [UInt32] = []
        let step = Swift.max(1, allowed.words.count / wanted)
        var index = 0
        while index < allowed.words.count, seeds.count < wanted {
            let end = Swift.min(index + step, allowed.words.count)
            if let word = (index..<end).first(where: { allowed.words[$0] != 0 }) {
                let number = word * 64 + allowed.words[word].trailingZeroBitCount
                if number < count { seeds.append(UInt32(number)) }
            }
            index += step
        }
        return seeds
    }
}

/// What is looked for.
package enum Query: Sendable, Hashable {
    case numbers([Float])
    /// Packed bits, lowest first.
    case bits([UInt8])
}

extension Rows {
    /// A query as one of these rows.
    func padded(query: Query, _ quantizer: Quantizer?) -> [UInt8] {
        switch query {
        case .bits(let bits): return padded(bits.raw)
        case .numbers(let numbers):
            guard let quantizer else { return padded(numbers.raw) }
            let bytes = quantizer.encode(numbers)
            return padded(bytes.raw)
        }
    }
}
