/// Where a folder is, or will be.
package struct FolderPath: ConfigurationValue, Hashable {
    package static let accepted = "the path of a folder"
    package static let standard = FolderPath(unchecked: "./prima-data")

    package let text: String

    private init(unchecked text: String) { self.text = text }

    package init(configured text: String) throws(Unacceptable) {
        guard PathText.isAcceptable(text) else { throw Unacceptable("a path has at most 4095 bytes and no zero byte") }
        self.text = text
    }

    package var shown: String { text }
}

/// Where a file is, or will be.
package struct FilePath: ConfigurationValue, Hashable {
    package static let accepted = "the path of a file"

    package let text: String

    package init(configured text: String) throws(Unacceptable) {
        guard PathText.isAcceptable(text) else { throw Unacceptable("a path has at most 4095 bytes and no zero byte") }
        guard text.utf8.last != UInt8(ascii: "/") else { throw Unacceptable("this is a folder") }
        self.text = text
    }

    package var shown: String { text }
}

private enum PathText {
    static func isAcceptable(_ text: String) -> Bool { text.utf8.count <= 4095 && !text.utf8.contains(0) }
}

/// What this server calls the place where it stands.
package struct Region: ConfigurationValue, Hashable {
    package static let accepted = "1 to 64 of A-Z a-z 0-9 _ . -"
    package static let local = Region(unchecked: "local")

    package let text: String

    private init(unchecked text: String) { self.text = text }

    package init(configured text: String) throws(Unacceptable) {
        let isName = text.unicodeScalars.allSatisfy { $0.isLetterOrDigit || "_.-".unicodeScalars.contains($0) }
        guard isName, text.utf8.count <= 64 else { throw Unacceptable() }
        self.text = text
    }

    package var shown: String { text }
}

extension Unicode.Scalar {
    /// Whether this is one of A-Z, a-z, 0-9.
    var isLetterOrDigit: Bool {
        switch self {
        case "A"..."Z", "a"..."z", "0"..."9": true
        default: false
        }
    }
}
