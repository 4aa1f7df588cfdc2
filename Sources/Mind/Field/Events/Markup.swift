internal import Basics

/// Takes markup out of texts, so that no page that shows them runs what a stranger wrote.
///
/// A tag is `<` with a letter, `/`, `!` or `?` behind it, up to the next `>`, or to the end when there is none; a `<`
/// before anything else is a character like others. What is left has no tag: taking one away can make another.
package enum Markup {
    package static func stripped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "<")) else { return text }
        var bytes = Array(text.utf8)
        while let next = withoutTags(bytes) { bytes = next }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes without their tags; nil when they have none.
    private static func withoutTags(_ bytes: [UInt8]) -> [UInt8]? {
        var kept: [UInt8] = []
        var found = false
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "<"), index + 1 < bytes.count, opensTag(bytes[index + 1]) else {
                kept.append(bytes[index])
                index += 1
                continue
            }
            found = true
            index = bytes[index...].firstIndex(of: UInt8(ascii: ">")).map { $0 + 1 } ?? bytes.count
        }
        return found ? kept : nil
    }

    private static func opensTag(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "/"),
            UInt8(ascii: "!"), UInt8(ascii: "?"):
            true
        default: false
        }
    }
}
