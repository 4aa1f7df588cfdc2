/// The JSON of a batch of events, made once; each use of it only changes the numbers that agents gave their events.
struct EventTemplate {
    private(set) var bytes: [UInt8]
    /// Where the ten digits of each event's number begin.
    private var places: [Int] = []
    private var next = 1_000_000_000

    /// What one connection sends: `batch` events of its own agents, about 60 bytes of body each.
    ///
    /// `opening` and `closing` stand around them; `head` goes before all of it, and is told how long that is.
    init(connection: Int, batch: Int, _ opening: String, _ closing: String, head: (_ length: Int) -> [UInt8]) {
        var body = Array(opening.utf8)
        for index in 0..<batch {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            let place = connection * 7919 + index
            body += Array("{\"agent\":\"agent-\(connection)-\(index % 16)\",\"number\":".utf8)
            places.append(body.count)
            body += Array("1000000000,\"type\":\"TOUCH\",\"room\":\"room-\(place % 64)\",".utf8)
            body += Array("\"subject\":\"device-\(place % 1000)\",\"at\":1781954400000,\"data\":{\"x\":0.25,".utf8)
            body += Array("\"y\":\(place % 256),\"intensity\":0.75,\"phrase\":\"the river remembers us\"}}".utf8)
        }
        body += Array(closing.utf8)
        let head = head(body.count)
        bytes = head + body
        places = places.map { $0 + head.count }
    }

    /// Numbers that were not used yet.
    mutating func renew() {
        for place in places {
            next += 1
            var rest = next
            for digit in stride(from: place + 9, through: place, by: -1) {
                bytes[digit] = UInt8(0x30 + rest % 10)
                rest /= 10
            }
        }
    }
}
