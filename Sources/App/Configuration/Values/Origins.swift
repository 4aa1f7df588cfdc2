/// The sites whose pages may call Prima from a browser.
package struct Origins: ConfigurationValue, Hashable {
    package static let accepted = "origins like https://app.example or http://localhost:3000, separated by commas"

    package let list: [Origin]

    package init(_ list: [Origin] = []) { self.list = list }

    package init(configured text: String) throws(Unacceptable) {
        var list: [Origin] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let origin = String(part).trimmed
            guard let origin = Origin(origin) else {
                throw Unacceptable(origin == "*" ? "* would let every site in" : "\(origin) is no origin")
            }
            if !list.contains(origin) { list.append(origin) }
        }
        self.list = list
    }

    package var shown: String { list.map(\.text).joined(separator: ",") }
}

/// A scheme, a host and a port: where a page comes from.
package struct Origin: Sendable, Hashable {
    package let scheme: String
    package let host: Host
    /// nil: the scheme's own.
    package let port: Port?

    package init?(_ text: String) {
        guard let url = WebAddress(text), url.path.isEmpty else { return nil }
        scheme = url.scheme
        host = url.host
        port = url.port
    }

    package var text: String { WebAddress.text(scheme, host, port) }
}

/// The address of something that speaks HTTP.
package struct WebAddress: ConfigurationValue, Hashable {
    package static let accepted = "http://host[:port][/path] or https://…"

    package let scheme: String
    package let host: Host
    /// nil: the scheme's own.
    package let port: Port?
    /// Empty, or with the slash that begins it.
    package let path: String

    package init(configured text: String) throws(Unacceptable) {
        guard let address = WebAddress(text) else { throw Unacceptable() }
        self = address
    }

    init?(_ text: String) {
        guard let url = URLText(text), ["http", "https"].contains(url.scheme), url.user == nil else { return nil }
        guard let host = try? Host(configured: url.host) else { return nil }
        if let digits = url.port {
            guard let port = try? Port(configured: digits), port.number > 0 else { return nil }
            self.port = port
        } else {
            port = nil
        }
        scheme = url.scheme
        self.host = host
        path = url.path
    }

    package var shown: String { Self.text(scheme, host, port) + path }

    fileprivate static func text(_ scheme: String, _ host: Host, _ port: Port?) -> String {
        let name = host.text.contains(":") ? "[\(host.text)]" : host.text
        return "\(scheme)://\(name)\(port.map { ":\($0.number)" } ?? "")"
    }
}
