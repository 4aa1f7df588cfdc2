/// A room that events can happen in.
package struct RoomID: Identifier {
    package let text: String
    package init(unchecked text: String) { self.text = text }
}
