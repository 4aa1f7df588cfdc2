package import Basics
package import Model

/// By what a device that says its name is known again: a text of 1 to 64 characters.
package struct Fingerprint: Sendable, Hashable {
    package static let characters = 64

    package let text: String

    /// Nil when it is empty, longer than 64 characters, or has control characters.
    package init?(_ text: String) {
        let count = text.unicodeScalars.count
        guard (1...Self.characters).contains(count),
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return nil }
        self.text = text
    }

    /// What it is when the device says nothing: the SHA-256, in hexadecimal digits, of `device:platform:capabilities`.
    ///
    /// The capabilities are JSON as JavaScript writes it, the keys in the order in which they were sent; none: `{}`.
    package init(
        device: DeviceID,
        platform: Platform,
        capabilities: [(name: String, isThere: Bool)]?,
        hash: (_ bytes: [UInt8]) -> ContentHash
    ) {
        var writer = JSONWriter()
        writer.openObject()
        for (name, isThere) in capabilities ?? [] {
            writer.key(name)
            writer.bool(isThere)
        }
        writer.closeObject()
        let bytes = Array("\(device.text):\(platform.rawValue):".utf8) + writer.bytes
        text = hash(bytes).description
    }

    package static func == (one: Self, other: Self) -> Bool { one.text.hasSameBytes(as: other.text) }
    package func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
}
