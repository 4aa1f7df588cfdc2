/// A TCP port to listen on.
package struct Port: ConfigurationValue, Hashable {
    package static let accepted = "a port, 0 to 65535 (0: any free one)"
    package static let standard = Port(7746)
    package static let cozo = Port(9070)

    package let number: UInt16

    package init(_ number: UInt16) { self.number = number }

    package init(configured text: String) throws(Unacceptable) {
        guard let number = WholeNumber.parse(text), let port = UInt16(exactly: number) else { throw Unacceptable() }
        self.number = port
    }

    package var shown: String { String(number) }
}

/// How long what is in flight at a stop may take.
package struct DrainSeconds: ConfigurationValue, Hashable {
    package static let accepted = "seconds, 0 to 3600"
    package static let standard = DrainSeconds(seconds: 10)

    package let seconds: Int

    private init(seconds: Int) { self.seconds = seconds }

    package init(configured text: String) throws(Unacceptable) {
        guard let number = WholeNumber.parse(text), number <= 3600 else { throw Unacceptable() }
        seconds = number
    }

    package var shown: String { String(seconds) }
}

/// How long the bodies of the ledger are kept.
package enum Retention: ConfigurationValue, Hashable {
    /// Nothing is dropped.
    case forever
    /// What is older, by the ledger's own time, may be dropped.
    case days(Int)

    package static let accepted = "forever, or days of ledger time, 1 to 36500"

    package init(configured text: String) throws(Unacceptable) {
        if text == "forever" {
            self = .forever
            return
        }
        guard let number = WholeNumber.parse(text), (1...36_500).contains(number) else { throw Unacceptable() }
        self = .days(number)
    }

    package var shown: String {
        switch self {
        case .forever: "forever"
        case .days(let days): String(days)
        }
    }
}

/// A number of at most nine decimal digits, and nothing else: no sign, no space.
enum WholeNumber {
    static func parse(_ text: String) -> Int? {
        guard text.utf8.count <= 9, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }
}
