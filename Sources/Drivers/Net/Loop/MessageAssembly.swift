/// The reader of a WebSocket in the middle of a message.
///
/// A socket that is between messages has none: it borrows the loop's.
final class MessageAssembly {
    var reader: MessageReader

    init(_ reader: MessageReader) { self.reader = reader }
}
