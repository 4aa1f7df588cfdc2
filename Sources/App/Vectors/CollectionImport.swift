internal import Basics
internal import FilesDriver
internal import VectorIndex

/// Makes a collection of a file's rows, a segment at a time: the file may be larger than memory.
struct CollectionImport {
    let rows: VectorFile
    let payloads: PayloadFile?
    /// What the vectors are called in their points.
    let name: String
    let vector: CollectionShape.Vector
    /// How many rows are built at once, in memory.
    let segmentMost: Int
    let crew: Crew
    let console: Console

    /// Replaces what the store held, when all rows are in.
    func write(to store: FolderStore) throws(CommandFailure) {
        let shape = CollectionShape(
            vectors: [name: vector],
            fields: payloads?.fields ?? [],
            segmentMost: segmentMost
        )
        do {
            var writer = try CollectionWriter(shape, in: store)
            for first in stride(from: 0, to: rows.count, by: shape.segmentMost) {
                try writer.add(segment(shape, first..<Swift.min(first + shape.segmentMost, rows.count)))
            }
            try writer.finish(at: UInt64(rows.count))
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.unusableFolder, "\(error)")
        }
    }

    private func segment(_ shape: CollectionShape, _ range: Range<Int>) throws(CommandFailure) -> Segment {
        var builder = SegmentBuilder(shape: shape, capacity: range.count)
        for number in range {
            let query = rows.row(number)
            do { try shape.check(query, name: name) } catch {
                throw CommandFailure(.badData, "row \(number): \(error)")
            }
            let payload = try payloads?.value(number) ?? .map(Fields())
            builder.append(Point(id: .number(UInt64(number)), vectors: [name: query], payload: payload))
            if number % 100_000 == 99_999 { console.say("read \(number + 1) of \(rows.count) rows") }
        }
        console.say("linking \(range.count) rows")
        return Segment(builder, workers: crew)
    }
}
