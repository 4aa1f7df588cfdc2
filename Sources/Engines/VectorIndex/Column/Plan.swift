/// Whether a search scans all allowed rows or walks the graph: whichever reads less.
///
/// The prices are nanoseconds as measured on one machine; only their relation matters.
struct Plan {
    let scans: Bool

    init(rows: Int, allowed: Int, breadth: Int, stride: Int, isFiltered: Bool) {
        let lines = Double(stride) / 64
        let share = Double(allowed) / Double(Swift.max(1, rows))
        // Dense rows follow each other in memory; thin ones are a line or two each, somewhere.
        let price = 2 + lines * (share > 0.25 ? 1.2 : 3)
        let scan = Double(allowed) * price + Double(rows) / 64
        let visits = 300 + 10 * Double(breadth)
        let visit = 25 + 8 * lines
        // Among allowed rows it looks at the links of those between, and at more of these the fewer are allowed.
        let walk = visits * visit * (isFiltered ? 1.6 + 0.09 / Swift.max(share, 0.002) : 1)
        scans = scan < walk
    }
}
