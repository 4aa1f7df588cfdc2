internal import Basics
package import NetDriver

/// Keeps the pages of foreign sites out, and names that were made to point here (DNS rebinding).
///
/// Loopback, the host that Prima listens on and the hosts of the configuration are no strangers; an address instead of
/// a name in `Host` never is.
package struct BrowserRules: Sendable {
    private let hosts: [[UInt8]]

    /// `hosts` are names or addresses, without ports and without brackets.
    package init(hosts: [String]) { self.hosts = hosts.map { Array($0.lowercased().utf8) } }

    /// Whether the request is of a page of a foreign site, or to a name that is none of ours.
    package func isForeign(_ request: HTTPRequest) -> Bool { judge(request) != .welcome }

    enum Verdict { case welcome, foreignHost, foreignOrigin }

    func judge(_ request: HTTPRequest) -> Verdict {
        let host = Self.name(request.host)
        if host.byteCount > 0, !Self.isAddress(host), !isKnown(host) { return .foreignHost }
        var verdict = Verdict.welcome
        request.forEachField { name, value in
            guard name.isSameIgnoringCase(as: "origin"), !isKnownOrigin(value) else { return .next }
            verdict = .foreignOrigin
            return .stop
        }
        return verdict
    }

    private func isKnownOrigin(_ origin: RawSpan) -> Bool {
        guard let colon = origin.firstIndex(of: UInt8(ascii: ":")), colon + 3 < origin.byteCount,
            origin.part(colon..<colon + 3).isSame(as: "://")
        else { return false }
        return isKnown(Self.name(origin.part(colon + 3..<origin.byteCount)))
    }

    /// What stands before the port, without the brackets of an address.
    @_lifetime(copy value)
    private static func name(_ value: RawSpan) -> RawSpan {
        if value.byteCount > 0, value.byte(at: 0) == UInt8(ascii: "[") {
            guard let end = value.firstIndex(of: UInt8(ascii: "]")) else { return value }
            return value.part(1..<end)
        }
        guard let colon = value.firstIndex(of: UInt8(ascii: ":")) else { return value }
        return value.part(0..<colon)
    }

    /// Whether it is an IPv6 address (only that has colons here) or four numbers.
    private static func isAddress(_ host: RawSpan) -> Bool {
        if host.firstIndex(of: UInt8(ascii: ":")) != nil { return true }
        var (numbers, number, digits) = (0, 0, 0)
        for offset in 0...host.byteCount {
            let byte = offset < host.byteCount ? host.byte(at: offset) : UInt8(ascii: ".")
            if byte == UInt8(ascii: ".") {
                guard digits > 0, number < 256 else { return false }
                (numbers, number, digits) = (numbers + 1, 0, 0)
            } else {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), digits < 3 else { return false }
                (number, digits) = (number * 10 + Int(byte - UInt8(ascii: "0")), digits + 1)
            }
        }
        return numbers == 4
    }

    private func isKnown(_ host: RawSpan) -> Bool {
        if host.isSameIgnoringCase(as: "localhost") || host.isSame(as: "::1") { return true }
        if Self.isAddress(host), host.byteCount > 4, host.part(0..<4).isSame(as: "127.") { return true }
        let suffix = host.byteCount - 10
        if suffix > 0, host.part(suffix..<host.byteCount).isSameIgnoringCase(as: ".localhost") { return true }
        for known in hosts where known.count == host.byteCount {
            var isSame = true
            for offset in known.indices {
                let byte = host.byte(at: offset)
                let lowercase = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
                if known[offset] != lowercase { isSame = false }
            }
            if isSame { return true }
        }
        return false
    }
}
