internal import Basics
package import Model

extension Standing {
    /// The canonical CBOR of `{agent, type, at, data}`, whose hash is the last word between two writes.
    ///
    /// `at` is left out when the event has none, as everywhere that events are encoded.
    package static func content(agent: AgentID, type: EventType, at: Int64?, data: Body) -> [UInt8] {
        var writer = CBORWriter()
        writer.map(at == nil ? 3 : 4)
        if let at {
            writer.field("at")
            writer.integer(at)
        }
        writer.field("data")
        writer.bytes.append(contentsOf: data.encoded)
        writer.field("type")
        writer.text(type.text)
        writer.field("agent")
        writer.text(agent.text)
        return writer.bytes
    }
}
