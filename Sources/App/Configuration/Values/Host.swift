/// Where to listen: an IP address, or a name that the system resolves.
package struct Host: ConfigurationValue, Hashable {
    package static let accepted = "an IPv4 or IPv6 address, or a host name"
    package static let loopback = Host(text: "127.0.0.1", isLoopback: true)

    /// Without brackets, in lower case.
    package let text: String
    /// Whether only this machine can reach it.
    package let isLoopback: Bool

    private init(text: String, isLoopback: Bool) {
        self.text = text
        self.isLoopback = isLoopback
    }

    package init(configured given: String) throws(Unacceptable) {
        var text = given.lowercased()
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        let isBare = text == given.lowercased()
        if let groups = Self.groups(ofIPv6: text) {
            let mapped = groups.prefix(6) == [0, 0, 0, 0, 0, 0xFFFF]
            let isLoopback = groups == [0, 0, 0, 0, 0, 0, 0, 1] || mapped && groups[6] >> 8 == 127
            self.init(text: text, isLoopback: isLoopback)
        } else if isBare, let bytes = Self.bytes(ofIPv4: text) {
            self.init(text: text, isLoopback: bytes.first == 127)
        } else if isBare, Self.isName(text) {
            self.init(text: text, isLoopback: text == "localhost" || text.hasSuffix(".localhost"))
        } else {
            throw Unacceptable()
        }
    }

    package var shown: String { text }

    private static func bytes(ofIPv4 text: String) -> [Int]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4 else { return nil }
        var bytes: [Int] = []
        for part in parts {
            guard let byte = WholeNumber.parse(part), byte <= 255, part == String(byte) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// The eight groups of an IPv6 address, which has no zone; nil when it is none.
    private static func groups(ofIPv6 text: String) -> [Int]? {
        guard text.contains(":") else { return nil }
        let halves = halves(ofIPv6: text)
        guard let head = groups(of: halves.head), let tail = groups(of: halves.tail ?? "") else { return nil }
        let missing = 8 - head.count - tail.count
        guard halves.tail == nil ? missing == 0 : missing > 0 else { return nil }
        return head + Array(repeating: 0, count: missing) + tail
    }

    /// What stands before and after the first `::`; no tail when there is none.
    private static func halves(ofIPv6 text: String) -> (head: String, tail: String?) {
        let letters = Array(text.utf8)
        let colon = UInt8(ascii: ":")
        for index in letters.indices.dropLast() where letters[index] == colon && letters[index + 1] == colon {
            let head = String(decoding: letters[..<index], as: UTF8.self)
            return (head, String(decoding: letters[(index + 2)...], as: UTF8.self))
        }
        return (text, nil)
    }

    private static func groups(of text: String) -> [Int]? {
        if text.isEmpty { return [] }
        var groups: [Int] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, let bytes = bytes(ofIPv4: part) {
                groups += [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
                continue
            }
            let isHexadecimal = part.unicodeScalars.allSatisfy(\.properties.isASCIIHexDigit)
            guard isHexadecimal, part.utf8.count <= 4, let group = Int(part, radix: 16) else { return nil }
            groups.append(group)
        }
        return groups
    }

    private static func isName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        // A last label of digits would be an address that is none.
        guard labels.last?.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) == false else {
            return false
        }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.unicodeScalars.allSatisfy { $0.isLetterOrDigit || $0 == "-" || $0 == "_" }
        }
    }
}
