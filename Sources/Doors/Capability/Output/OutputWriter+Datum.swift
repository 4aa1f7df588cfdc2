extension OutputWriter {
    /// Writes whatever was said, as it was said.
    package mutating func datum(_ datum: Datum) {
        switch datum {
        case .absent: absent()
        case .null: null()
        case .bool(let bool): self.bool(bool)
        case .integer(let integer): self.integer(integer)
        case .double(let double): self.double(double)
        case .text(let text): self.text(text)
        case .list(let list): elements(list)
        case .object(let entries): object(entries)
        case .date(let date): if let date { self.date(date) } else { null() }
        case .rare(let rare): self.rare(rare)
        }
    }

    private mutating func elements(_ list: [Datum]) {
        self.list { writer in
            for (index, datum) in list.enumerated() { writer.element(index) { $0.datum(datum) } }
        }
    }

    private mutating func object(_ entries: Entries) {
        object { writer in
            for entry in entries.list where writer.form == .rich || entry.value != .absent {
                writer.entry(entry.key) { $0.datum(entry.value) }
            }
        }
    }

    private mutating func rare(_ rare: RareDatum) {
        switch rare {
        case .bigInteger(let digits):
            note(.bigInteger)
            text(digits)
        case .expression(let expression):
            note(.expression)
            text(expression)
        case .address(let address):
            note(.address)
            text(address)
        case .error(let entries):
            note(.error)
            object(entries)
        case .set(let list): note(.set) { $0.elements(list) }
        case .typedArray(let name, let list): note(.typedArray(name)) { $0.plainNumbers(list) }
        case .map(let entries):
            note(.map) { writer in
                writer.list { writer in
                    for (index, entry) in entries.enumerated() {
                        writer.element(index) { $0.elements([entry.key, entry.value]) }
                    }
                }
            }
        }
    }

    /// The elements of a typed array say themselves what is no number of JSON.
    private mutating func plainNumbers(_ list: [Datum]) {
        self.list { writer in
            for datum in list {
                guard case .double(let double) = datum, !double.isFinite else {
                    writer.value(datum.value)
                    continue
                }
                writer.text(double.isNaN ? "NaN" : double > 0 ? "Infinity" : "-Infinity")
            }
        }
    }
}
