internal import Basics

/// A list as JSON, the newest item first and never more than a limit: what a table's column holds, and answers show.
///
/// Items are added in one piece at a time and their number is known, so that nothing is parsed. Every item is an
/// object that begins with `id`.
struct NewestList: Sendable, Hashable {
    private(set) var json: [UInt8]
    private(set) var count: Int
    let limit: Int

    /// Takes a list that one of these wrote, of so many items.
    init(_ json: [UInt8] = Array("[]".utf8), count: Int = 0, limit: Int) {
        self.json = json
        self.count = count
        self.limit = limit
    }

    /// Puts items, the newest last, before all others; what is too much falls out at the end.
    mutating func add(_ items: [[UInt8]]) {
        guard !items.isEmpty else { return }
        let items = items.suffix(limit)
        drop(to: limit - items.count)
        var list: [UInt8] = []
        list.reserveCapacity(json.count + items.reduce(2) { $0 + $1.count + 1 })
        list.append(UInt8(ascii: "["))
        for item in items.reversed() {
            if list.count > 1 { list.append(UInt8(ascii: ",")) }
            list += item
        }
        if count > 0 {
            list.append(UInt8(ascii: ","))
            list += json[1...]
        } else {
            list.append(UInt8(ascii: "]"))
        }
        json = list
        count += items.count
    }

    /// Leaves the newest `most` items.
    private mutating func drop(to most: Int) {
        guard count > most else { return }
        if most == 0 {
            (json, count) = (Array("[]".utf8), 0)
            return
        }
        var end = json.count - 1
        while count > most {
            end = Self.lastBorder(in: json, before: end)
            count -= 1
        }
        json.removeSubrange(end..<(json.count - 1))
    }

    /// No text can hold this: its quote would be escaped there.
    private static let border = Array(#","#.utf8) + Array(#"{"id":"#.utf8)

    /// Where the comma before the last item is.
    private static func lastBorder(in json: [UInt8], before end: Int) -> Int {
        var start = end - border.count
        while start > 0 {
            if json[start] == border[0], json[start - 1] == UInt8(ascii: "}"),
                json[start..<(start + border.count)].elementsEqual(border)
            {
                return start
            }
            start -= 1
        }
        preconditionFailure("a list holds as many items as it says")
    }
}
