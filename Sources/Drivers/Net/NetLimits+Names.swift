/// The limits by their names, for whoever sets them from outside.
extension NetLimits {
    /// Why a limit cannot be set.
    package enum Refusal: Error, Sendable, Hashable {
        case unknownName
        /// It takes a whole number, or one with a fraction, between these.
        case outside(least: Double, most: Double)
    }

    private enum Place: Sendable {
        case whole(any WritableKeyPath<NetLimits, Int> & Sendable, ClosedRange<Int>)
        case seconds(any WritableKeyPath<NetLimits, Double> & Sendable)
    }

    private static let sizes = 1...(1 << 40)

    private static let places: [(name: String, place: Place)] = [
        ("headBytes", .whole(\.headBytes, 256...65_535)),
        ("headerFields", .whole(\.headerFields, 1...10_000)),
        ("targetBytes", .whole(\.targetBytes, 16...65_535)),
        ("bodyBytes", .whole(\.bodyBytes, sizes)),
        ("chunkLineBytes", .whole(\.chunkLineBytes, 32...65_535)),
        ("trailerBytes", .whole(\.trailerBytes, 32...65_535)),
        ("discardedBytes", .whole(\.discardedBytes, sizes)),
        ("handshakeSeconds", .seconds(\.handshakeSeconds)),
        ("headSeconds", .seconds(\.headSeconds)),
        ("bodyBytesPerSecond", .whole(\.bodyBytesPerSecond, sizes)),
        ("bodyGraceSeconds", .seconds(\.bodyGraceSeconds)),
        ("heartbeatSeconds", .seconds(\.heartbeatSeconds)),
        ("idleSeconds", .seconds(\.idleSeconds)),
        ("stalledSeconds", .seconds(\.stalledSeconds)),
        ("leftBehindSeconds", .seconds(\.leftBehindSeconds)),
        ("lingerSeconds", .seconds(\.lingerSeconds)),
        ("pipelined", .whole(\.pipelined, 1...10_000)),
        ("outputMark", .whole(\.outputMark, 1024...(1 << 30))),
        ("unsentBytes", .whole(\.unsentBytes, 4096...(1 << 30))),
        ("outputBytes", .whole(\.outputBytes, sizes)),
        ("messageBytes", .whole(\.messageBytes, sizes)),
        ("pingSeconds", .seconds(\.pingSeconds)),
        ("closeSeconds", .seconds(\.closeSeconds)),
        ("connections", .whole(\.connections, 1...(1 << 24))),
        ("unanswered", .whole(\.unanswered, 1...(1 << 24))),
        ("bufferedBytes", .whole(\.bufferedBytes, sizes)),
        ("retryAfterSeconds", .whole(\.retryAfterSeconds, 1...86_400)),
        ("backlog", .whole(\.backlog, 1...65_535)),
    ]

    package static var names: [String] { places.map(\.name) }

    /// Sets the limit of that name.
    package mutating func set(_ name: String, to text: String) throws(Refusal) {
        guard let place = Self.places.first(where: { $0.name == name })?.place else { throw .unknownName }
        switch place {
        case .whole(let path, let range):
            guard let number = Int(text), range.contains(number) else {
                throw .outside(least: Double(range.lowerBound), most: Double(range.upperBound))
            }
            self[keyPath: path] = number
        case .seconds(let path):
            guard let number = Double(text), (0.1...86_400).contains(number) else {
                throw .outside(least: 0.1, most: 86_400)
            }
            self[keyPath: path] = number
        }
    }
}
