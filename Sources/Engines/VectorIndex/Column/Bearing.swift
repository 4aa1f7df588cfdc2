internal import Basics

/// Where a query lies among the rows that a filter allows: in their midst, or elsewhere.
///
/// A walk over allowed rows follows the links of rows, and those lead to what is near. When the filter has to do with
/// where rows lie, and leaves out all that is near a query, the nearest allowed rows are scattered over regions that
/// no link from here leads to: a scan of the allowed rows finds them, and a walk misses many. A short walk over all
/// rows tells the two apart, by how many of the nearest are allowed.
struct Bearing {
    /// The allowed ones among the nearest rows: where the walk over allowed rows begins.
    let allowed: [UInt32]
    /// Whether far fewer of the nearest rows are allowed than of all.
    let isElsewhere: Bool

    /// How many rows the short walk keeps: so many that three are expected to be allowed, if that is not too many.
    private static func breadth(_ share: Double) -> Int { Swift.min(96, Swift.max(32, Int(3.2 / share))) }

    init(of padded: [UInt8], in graph: Graph, allowed: Bitmap, share: Double, _ scratch: GraphScratch) {
        let near = graph.search(padded.raw, breadth: Self.breadth(share), scratch: scratch)
        self.allowed = near.lazy.filter { allowed.contains($0.row) }.map { UInt32($0.row) }
        let expected = share * Double(near.count)
        // With chance alone deciding, a quarter of what is expected is seen once in some thousand queries when eight
        // are expected, and in one out of thirty when three are: then a scan is cheap.
        isElsewhere = Double(self.allowed.count) < expected / 4
    }
}
