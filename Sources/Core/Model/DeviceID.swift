import Basics

/// A device in the field: 10 to 128 of `A-Z a-z 0-9 _ -`.
package struct DeviceID: Identifier {
    package let text: String
    package init(unchecked text: String) { self.text = text }

    package static func fault(in utf8: borrowing RawSpan) -> IdentifierInvalid? {
        if let fault = fault(in: utf8, allowing: isWordByte, "A-Z a-z 0-9 _ -") { return fault }
        // Every byte is a character by now.
        guard utf8.byteCount < Limits.deviceBytesAtLeast else { return nil }
        return .tooShort(scalarCount: utf8.byteCount, minimum: Limits.deviceBytesAtLeast)
    }
}
