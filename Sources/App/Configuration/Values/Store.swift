/// Which engine plays a port: in this build an embedded one, in one folder or another.
package enum StoreChoice: Sendable, Hashable {
    /// The engine inside this program, in the data folder.
    case embedded
    /// The engine inside this program, in a folder of its own.
    case folder(FolderPath)

    /// Reads a store's URL; `others` are, by scheme, the engines that it may name and that this build lacks.
    static func parse(_ text: String, others: [String: String]) throws(Unacceptable) -> StoreChoice {
        guard let url = URLText(text) else { throw Unacceptable() }
        if let engine = others[url.scheme] {
            throw Unacceptable("this names \(engine), an engine that this build lacks")
        }
        guard url.scheme == "file" else { throw Unacceptable("\(url.scheme):// names no engine of this store") }
        guard url.user == nil, url.port == nil, ["", "localhost"].contains(url.host), url.path.utf8.count > 1 else {
            throw Unacceptable("a folder is named by its whole path: file:///folder")
        }
        guard let path = percentDecoded(url.path) else { throw Unacceptable("a % needs two hexadecimal digits") }
        return .folder(try FolderPath(configured: path))
    }

    var shown: String? {
        switch self {
        case .embedded: nil
        case .folder(let folder): "file://\(folder.text)"
        }
    }

    private static func percentDecoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, digits.unicodeScalars.allSatisfy(\.properties.isASCIIHexDigit),
                let byte = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
