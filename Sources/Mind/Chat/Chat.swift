internal import Basics
package import Model
package import Ports

/// What devices say to Prima, and what they are told: as long as there is no memory to answer from, plainly no.
///
/// What was said is kept, as events of the device, and forgotten with it; nothing is made up.
package struct Chat: Sendable {
    /// What is said instead of an answer.
    package static let refusal =
        "I have no memory to answer from yet, and I do not make answers up. What you wrote is kept."
    package static let messageCharacters = 8000
    package static let conversationCharacters = 128
    package static let listedConversations = 100
    package static let listedMessages = 500

    private let ledger: any Ledger
    private let rows: any Rows
    private let reach: @Sendable (Position) async throws(StoreError) -> Void

    /// `reach` returns when the view of the conversations has applied a position.
    package init(
        ledger: any Ledger,
        in rows: any Rows,
        reach: @escaping @Sendable (Position) async throws(StoreError) -> Void
    ) {
        self.ledger = ledger
        self.rows = rows
        self.reach = reach
    }

    package enum Failure: Error, Sendable {
        case signsItsOwn
        case unavailable(StoreError, isUncertain: Bool)
    }

    package struct Message: Sendable, Hashable {
        package enum Role: String, Sendable, Hashable, CaseIterable { case user, assistant }

        package let role: Role
        package let content: String
        /// Milliseconds since 1970.
        package let timestamp: Int64
    }

    package struct Conversation: Sendable, Hashable {
        package let id: String
        /// How its first message began.
        package let title: String
        package let lastMessage: String
        package let timestamp: Int64
    }

    /// Keeps what a device says, and answers; nil when it is too long, or there is nothing.
    package func say(
        _ words: String,
        in conversation: String,
        as device: AgentID,
        by writer: Writer,
        now: Int64
    ) async throws(Failure) -> (answer: Message, position: Position)? {
        let counts = (words.unicodeScalars.count, conversation.unicodeScalars.count)
        guard (1...Self.messageCharacters).contains(counts.0), (1...Self.conversationCharacters).contains(counts.1),
            let body = try? Body(
                Fields(unique: [
                    ("conversationId", .text(conversation)), ("message", .text(words)), ("answer", .text(Self.refusal)),
                ])
            )
        else { return nil }
        let event = Event(
            agent: device,
            type: ChatView.type,
            body: body,
            subject: SubjectID(unchecked: device.text),
            at: now
        )
        let position: Position
        do throws(AppendError) {
            position = try await ledger.append([Submission(event, by: writer)]).positions[0]
        } catch {
            switch error {
            case .store(let error, let uncertain): throw .unavailable(error, isUncertain: uncertain)
            case .refused: throw .signsItsOwn
            }
        }
        do throws(StoreError) { try await reach(position) } catch { throw .unavailable(error, isUncertain: false) }
        return (Message(role: .assistant, content: Self.refusal, timestamp: now), position)
    }

    /// The conversations of a device, the newest first, as far as a hundred.
    package func conversations(of device: AgentID) async throws(Failure) -> [Conversation] {
        do throws(StoreError) {
            return try await rows.read(.live) { snapshot throws(StoreError) in
                try ChatView.conversations(of: device.text, in: snapshot)
            }
        } catch { throw .unavailable(error, isUncertain: false) }
    }

    /// What was said in a conversation of a device, in order, the last five hundred; nothing when it has none such.
    package func messages(in conversation: String, of device: AgentID) async throws(Failure) -> [Message] {
        do throws(StoreError) {
            return try await rows.read(.live) { snapshot throws(StoreError) in
                try ChatView.messages(in: conversation, of: device.text, in: snapshot)
            }
        } catch { throw .unavailable(error, isUncertain: false) }
    }
}
