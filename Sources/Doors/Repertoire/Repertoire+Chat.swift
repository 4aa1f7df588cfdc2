internal import Capability
internal import Chat
internal import Devices
internal import Model

/// What devices say to Prima: `chat.*`.
extension Repertoire {
    var chat: [Capability] { [sendMessage, getConversations, getMessages] }

    private struct Message: Sendable {
        let role: Chat.Message.Role
        let content: String
        let timestamp: Int64?

        init(role: Chat.Message.Role, content: String, timestamp: Int64?) {
            self.role = role
            self.content = content
            self.timestamp = timestamp
        }

        init(_ message: Chat.Message) {
            self.init(role: message.role, content: message.content, timestamp: message.timestamp)
        }

        static let shape = Shape.object(
            Message.init(role:content:timestamp:),
            Field("role", \.role, .choice),
            Field("content", \.content, .text),
            Field.optional("timestamp", \.timestamp, .integer, "Milliseconds since 1970.")
        )
    }

    // MARK: chat.sendMessage

    private struct Words: Sendable {
        let conversation: String
        let message: String
        let messages: [Message]?

        static let shape = Shape.object(
            Words.init,
            Field("conversationId", \.conversation, .text(length: 1...Chat.conversationCharacters)),
            Field("message", \.message, .text(length: 1...Chat.messageCharacters), "What is said."),
            Field.optional("messages", \.messages, .list(of: Message.shape, count: 0...1000), "What was said before.")
        )
    }

    private struct Answer: Sendable {
        let success: Bool
        let message: Message
        let conversation: String
        let position: Int64

        static let shape = Shape.object(
            { (success: Bool, message: Message, conversation: String) in
                Answer(success: success, message: message, conversation: conversation, position: -1)
            },
            Field("success", \.success, .bool),
            Field("message", \.message, Message.shape),
            Field("conversationId", \.conversation, .text)
        )
    }

    private var sendMessage: Capability {
        .mutation(
            "chat.sendMessage",
            "Says something, and is answered from memory, or by a plain no.",
            access: .device,
            sharing: .everySite,
            limit: Self.limit(.chatMessage),
            input: Words.shape,
            output: Answer.shape,
            example: Words(conversation: "conv-1", message: "who spoke of water?", messages: nil),
            position: { $0.position }
        ) { [services] (words, call) async throws(Refusal) in
            guard let device = call.caller.device else { throw Refusal(.unauthorized, "a device token is needed") }
            let said: (answer: Chat.Message, position: Position)?
            do throws(Chat.Failure) {
                said = try await services.chat.say(
                    words.message,
                    in: words.conversation,
                    as: AgentID(unchecked: device.id.text),
                    by: call.writer,
                    now: call.now.milliseconds
                )
            } catch {
                throw Refusal(error)
            }
            guard let said else { throw Refusal(.tooLarge, "what was said is too large") }
            return Answer(
                success: true,
                message: Message(said.answer),
                conversation: words.conversation,
                position: said.position.index
            )
        }
    }

    // MARK: chat.getConversations

    private struct Conversations: Sendable {
        let conversations: [Conversation]

        static let shape = Shape.object(
            Conversations.init,
            Field("conversations", \.conversations, .list(of: Conversation.shape))
        )
    }

    private var getConversations: Capability {
        .query(
            "chat.getConversations",
            "The conversations of the token's device, the newest first.",
            access: .anyone,
            sharing: .everySite,
            input: .nothing,
            output: Conversations.shape,
            example: Nothing()
        ) { [services] (_, call) async throws(Refusal) in
            guard let device = call.caller.device else { return Conversations(conversations: []) }
            do throws(Chat.Failure) {
                let found = try await services.chat.conversations(of: AgentID(unchecked: device.id.text))
                return Conversations(conversations: found.map { Conversation($0) })
            } catch {
                throw Refusal(error)
            }
        }
    }

    // MARK: chat.getMessages

    private struct Which: Sendable {
        let conversation: String

        static let shape = Shape.object(Which.init, Field("conversationId", \.conversation, .text(length: 0...1000)))
    }

    private struct Messages: Sendable {
        let messages: [Message]

        static let shape = Shape.object(Messages.init, Field("messages", \.messages, .list(of: Message.shape)))
    }

    private var getMessages: Capability {
        .query(
            "chat.getMessages",
            "What was said in a conversation; nothing when it is another's, or none.",
            access: .anyone,
            sharing: .everySite,
            input: Which.shape,
            output: Messages.shape,
            example: Which(conversation: "conv-1")
        ) { [services] (which, call) async throws(Refusal) in
            guard let device = call.caller.device else { return Messages(messages: []) }
            do throws(Chat.Failure) {
                let device = AgentID(unchecked: device.id.text)
                let messages = try await services.chat.messages(in: which.conversation, of: device)
                return Messages(messages: messages.map { Message($0) })
            } catch {
                throw Refusal(error)
            }
        }
    }
}

private struct Conversation: Sendable {
    let id: String
    let title: String
    let lastMessage: String
    let timestamp: Int64

    init(id: String, title: String, lastMessage: String, timestamp: Int64) {
        self.id = id
        self.title = title
        self.lastMessage = lastMessage
        self.timestamp = timestamp
    }

    init(_ conversation: Chat.Conversation) {
        self.init(
            id: conversation.id,
            title: conversation.title,
            lastMessage: conversation.lastMessage,
            timestamp: conversation.timestamp
        )
    }

    static let shape = Shape.object(
        Conversation.init(id:title:lastMessage:timestamp:),
        Field("id", \.id, .text),
        Field("title", \.title, .text),
        Field("lastMessage", \.lastMessage, .text),
        Field("timestamp", \.timestamp, .integer)
    )
}
