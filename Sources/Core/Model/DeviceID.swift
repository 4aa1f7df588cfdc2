/// A device in the field.
package struct DeviceID: Identifier {
    package let text: String
    package init(unchecked text: String) { self.text = text }
}
