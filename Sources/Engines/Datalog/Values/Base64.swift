/// Base64 with the standard alphabet and padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                let isPadding = place > group.count
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[word >> (18 - 6 * place) & 63])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything that `encode` would not have written.
    static func decode(_ text: String) -> [UInt8]? {
        let utf8 = Array(text.utf8)
        guard utf8.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: utf8.count, by: 4) {
            let group = utf8[start..<start + 4]
            let padding = group.reversed().prefix { $0 == UInt8(ascii: "=") }.count
            guard padding <= 2, padding == 0 || start + 4 == utf8.count else { return nil }
            var word = 0
            for byte in group.dropLast(padding) {
                guard let digit = alphabet.firstIndex(of: byte) else { return nil }
                word = word << 6 | digit
            }
            word <<= 6 * padding
            let unused = padding == 0 ? 0 : (1 << (8 * padding)) - 1
            guard word & unused == 0 else { return nil }
            for place in 0..<3 - padding { bytes.append(UInt8(word >> (16 - 8 * place) & 0xFF)) }
        }
        return bytes
    }
}
