/// The parts of a URL, as they stand in the text.
struct URLText {
    /// In lower case.
    let scheme: String
    /// What stands before the @; it may hold a password.
    let user: String?
    /// With the brackets of an IPv6 address.
    let host: String
    let port: String?
    /// From the slash on, with query and fragment; empty when there is none.
    let path: String

    /// Nil when there is no `scheme://`, or when a character is none of a URL's.
    init?(_ text: String) {
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }) else { return nil }
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        scheme = text[..<colon].lowercased()
        guard let first = scheme.unicodeScalars.first, ("a"..."z").contains(first) else { return nil }
        guard scheme.unicodeScalars.allSatisfy({ $0.isLetterOrDigit || "+.-".unicodeScalars.contains($0) }) else {
            return nil
        }
        let rest = text[text.index(colon, offsetBy: 3)...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        path = String(rest[end...])
        var authority = rest[..<end]
        if let at = authority.lastIndex(of: "@") {
            user = String(authority[..<at])
            authority = authority[authority.index(after: at)...]
        } else {
            user = nil
        }
        let afterBrackets = authority.lastIndex(of: "]").map { authority.index(after: $0) } ?? authority.startIndex
        if let colon = authority[afterBrackets...].firstIndex(of: ":") {
            host = String(authority[..<colon])
            port = String(authority[authority.index(after: colon)...])
        } else {
            host = String(authority)
            port = nil
        }
    }

    /// The text with whatever stands before an @ hidden: it may be a password.
    static func masked(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        let start = text.firstIndex(of: ":").map { text[$0...].hasPrefix("://") ? text.index($0, offsetBy: 3) : $0 }
        guard let start, start <= at else { return "********" + text[at...] }
        return text[..<start] + "********" + text[at...]
    }
}

extension String {
    /// The text without spaces and tabs at its ends.
    var trimmed: String {
        let isBlank = { (scalar: Unicode.Scalar) in scalar == " " || scalar == "\t" }
        var scalars = unicodeScalars[...]
        while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
        while let last = scalars.last, isBlank(last) { scalars.removeLast() }
        return String(scalars)
    }
}
