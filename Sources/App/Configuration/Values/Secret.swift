/// A text that no message, log or error can show: only who asks for `revealed` reads it.
package struct Secret: ConfigurationValue, Hashable {
    package static let accepted = "1 to 4096 printable ASCII characters, no spaces"
    private static let mask = "********"

    /// The text itself, never for a message.
    package let revealed: String

    package init(configured text: String) throws(Unacceptable) {
        let printable = UInt8(ascii: "!")...UInt8(ascii: "~")
        guard (1...4096).contains(text.utf8.count), text.utf8.allSatisfy(printable.contains) else {
            throw Unacceptable()
        }
        revealed = text
    }

    package var shown: String { Self.mask }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { Self.mask }
    package var debugDescription: String { Self.mask }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
