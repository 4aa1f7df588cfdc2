internal import Basics
package import Model
package import Ports
internal import Views

/// What was said, by device and conversation: the tables `chat_messages` and `chat_conversations`.
package struct ChatView: View {
    package static let type = EventType(unchecked: "chat.message")

    package static let messages = Table(
        "chat_messages",
        key: [.text("device_id"), .text("conversation_id"), .integer("position")],
        columns: [.text("message"), .text("answer"), .integer("timestamp")]
    )

    package static let conversations = Table(
        "chat_conversations",
        key: [.text("device_id"), .text("conversation_id")],
        columns: [.text("title"), .text("last_message"), .integer("timestamp"), .integer("last_position")],
        indexes: [.on("device_id", "last_position")]
    )

    private static let titleCharacters = 60

    package let schema = ViewSchema("chat", version: 1, tables: [messages, conversations])

    package let interest = [type]

    package init() {}

    package func apply(_ events: ArraySlice<StoredEvent>, in transaction: any RowsTransaction) throws(StoreError) {
        for event in events where event.head.type == Self.type {
            // Words about somebody else would be forgotten with that one.
            guard event.head.owner.text.hasSameBytes(as: event.head.agent.text), let said = Said(event) else {
                continue
            }
            try transaction.put(
                [
                    .text(said.device), .text(said.conversation), .integer(event.position.index), .text(said.message),
                    .text(said.answer), .integer(said.timestamp),
                ],
                in: Self.messages
            )
            let key: RowKey = [.text(said.device), .text(said.conversation)]
            let title = try transaction.get(key, in: Self.conversations)?[2].text
            try transaction.put(
                key + [
                    .text(title ?? String(said.message.prefix(Self.titleCharacters))), .text(said.message),
                    .integer(said.timestamp), .integer(event.position.index),
                ],
                in: Self.conversations
            )
        }
    }

    package func forget(
        _ subject: SubjectID,
        before _: Position,
        in transaction: any RowsTransaction
    ) throws(StoreError) {
        try transaction.deleteAll(under: [.text(subject.text)], from: Self.messages)
        try transaction.deleteAll(under: [.text(subject.text)], from: Self.conversations)
    }

    private struct Said {
        let device: String
        let conversation: String
        let message: String
        let answer: String
        let timestamp: Int64

        init?(_ event: StoredEvent) {
            guard let fields = event.body?.fields, case .text(let conversation)? = fields["conversationId"],
                case .text(let message)? = fields["message"]
            else { return nil }
            device = event.head.agent.text
            self.conversation = conversation
            self.message = message
            if case .text(let answer)? = fields["answer"] { self.answer = answer } else { answer = "" }
            timestamp = event.head.at ?? event.head.received.milliseconds
        }
    }

    // MARK: Reading

    static func conversations(
        of device: String,
        in snapshot: any RowsSnapshot
    ) throws(StoreError) -> [Chat.Conversation] {
        var scan = Scan(conversations, by: ["device_id", "last_position"], prefix: [.text(device)])
        scan.order = .descending
        scan.limit = Chat.listedConversations
        return try snapshot.rows(scan).map { row throws(StoreError) in
            guard let id = row[1].text, let title = row[2].text, let last = row[3].text, let time = row[4].integer
            else { throw StoreError(.corrupt, in: "read a row of chat_conversations") }
            return Chat.Conversation(id: id, title: title, lastMessage: last, timestamp: time)
        }
    }

    static func messages(
        in conversation: String,
        of device: String,
        in snapshot: any RowsSnapshot
    ) throws(StoreError) -> [Chat.Message] {
        var scan = Scan(messages, prefix: [.text(device), .text(conversation)])
        scan.order = .descending
        scan.limit = Chat.listedMessages / 2
        var said: [Chat.Message] = []
        for row in try snapshot.rows(scan).reversed() {
            guard let message = row[3].text, let answer = row[4].text, let time = row[5].integer
            else { throw StoreError(.corrupt, in: "read a row of chat_messages") }
            said.append(Chat.Message(role: .user, content: message, timestamp: time))
            if !answer.isEmpty { said.append(Chat.Message(role: .assistant, content: answer, timestamp: time)) }
        }
        return said
    }
}
