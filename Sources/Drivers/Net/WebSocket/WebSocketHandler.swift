/// Hears what happens on one WebSocket.
package protocol WebSocketHandler: AnyObject {
}
final class MessageAssembly {}
