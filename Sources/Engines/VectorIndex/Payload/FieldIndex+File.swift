internal import Basics

extension FieldIndex {
    func write<Failure: Error>(_ name: String, to writer: inout SegmentWriter<Failure>) throws(Failure) {
        try keys.write(name + "/keys", to: &writer)
        try keyRows.write(name + "/rows", to: &writer)
        try numbers?.write(name + "/numbers", to: &writer)
        try writer.part(name + "/others", others)
        try writer.part(name + "/empty", empty)
        try writer.part(name + "/null", null)
        writer.note(name, ["kind": .text(kind.rawValue), "path": path.document, "single": .bool(textsAreSingle)])
    }

    init(_ name: String, _ reader: SegmentReader, bound: Int) throws(SegmentFault) {
        guard case .map(let fields)? = reader.description[name], case .text(let text)? = fields["kind"],
            let kind = Kind(rawValue: text), let path = fields["path"].flatMap(PayloadPath.init(document:)),
            case .bool(let isSingle)? = fields["single"]
        else { throw .contradictory(name) }
        let keys = try ValueColumn(name + "/keys", reader)
        self.init(
            kind: kind,
            path: path,
            keys: keys,
            keyRows: try Postings(name + "/rows", reader, keys: keys.count, bound: bound),
            numbers: reader.has(name + "/numbers/values")
                ? try SortedIndex(name + "/numbers", reader, bound: bound) : nil,
            others: try reader.bitmap(name + "/others", bound: bound),
            empty: try reader.bitmap(name + "/empty", bound: bound),
            null: try reader.bitmap(name + "/null", bound: bound),
            textsAreSingle: isSingle
        )
    }
}
