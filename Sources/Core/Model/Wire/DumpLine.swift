package import Basics

/// One line of a dump: an event with its body, or what retention left of one.
package enum DumpLine: Sendable, Hashable {
    case event(DumpedEvent)
    case leaf(DumpedLeaf)

    /// Reads a line, strictly; what it claims (hash, commit, signature, order) is for the caller to check.
    package init(json line: RawSpan) throws(EventRefusal) {
        var assembler = CBORAssembler(maximumDepth: Limits.dataDepth + 1, maximumBytes: Limits.dataBytes)
        do throws(JSONError) {
            var reader = JSONReader(line)
            try reader.assemble(into: &assembler)
            try reader.finish()
        } catch {
            throw EventRefusal(.unreadable, detail: "The line cannot be read: \(error).")
        }
        var problems = FieldProblems()
        var draft = EventDraft(source: .dump, form: .hexadecimal)
        do throws(CBORError) {
            try draft.read(assembler, &problems)
        } catch {
            preconditionFailure("the assembler writes well-formed CBOR: \(error)")
        }
        let read = draft.dumpLine(&problems)
        guard problems.count == 0, let read else {
            throw EventRefusal(.invalid, detail: "The line is none of a dump.", problems: problems.all)
        }
        self = read
    }
}

/// An event as a dump has it.
package struct DumpedEvent: Sendable, Hashable {
    package let head: EventHead
    /// The leaf hash that the dump claims.
    package let hash: ContentHash
    package let content: StoredEvent.Content

    package init(head: EventHead, hash: ContentHash, content: StoredEvent.Content) {
        self.head = head
        self.hash = hash
        self.content = content
    }
}

/// What stays of an event below the first position that retention kept.
package struct DumpedLeaf: Sendable, Hashable {
    package let position: Position
    package let leaf: ContentHash
    package let agent: AgentID?
    package let number: EventNumber?
    package let key: IdempotencyKey?
    package let publicKey: PublicKey?
    package let subject: SubjectID?

    package init(
        position: Position,
        leaf: ContentHash,
        agent: AgentID? = nil,
        number: EventNumber? = nil,
        key: IdempotencyKey? = nil,
        publicKey: PublicKey? = nil,
        subject: SubjectID? = nil
    ) {
        self.position = position
        self.leaf = leaf
        self.agent = agent
        self.number = number
        self.key = key
        self.publicKey = publicKey
        self.subject = subject
    }

    /// Appends the line, without its end.
    package func writeJSON(into bytes: inout [UInt8]) {
        var out = JSONWriter(bytes: [])
        swap(&out.bytes, &bytes)
        out.begin()
        out.openObject()
        out.field("position")
        out.integer(position.index)
        out.field("leaf")
        out.hex(leaf.bytes.raw)
        if let agent {
            out.field("agent")
            out.text(agent.text)
        }
        if let number {
            out.field("number")
            out.integer(number.value)
        }
        if let key {
            out.field("key")
            out.text(key.text)
        }
        if let publicKey {
            out.field("publicKey")
            out.hex(publicKey.bytes.raw)
        }
        if let subject {
            out.field("subject")
            out.text(subject.text)
        }
        out.closeObject()
        swap(&out.bytes, &bytes)
    }
}

extension EventDraft {
    /// The line that was read; nil, and `problems`, when it is none.
    fileprivate func dumpLine(_ problems: inout FieldProblems) -> DumpLine? {
        guard problems.count == 0 else { return nil }
        return present.contains(.leaf) ? leafLine(&problems) : eventLine(&problems)
    }

    private func leafLine(_ problems: inout FieldProblems) -> DumpLine? {
        let allowed: [EventField] = [.position, .leaf, .agent, .number, .key, .publicKey, .subject]
        for field in EventField.allCases where present.contains(field) && !allowed.contains(field) {
            problems.add(.misplaced, at: field, "a line with `leaf` does not have it")
        }
        guard problems.count == 0, let position, let leaf else {
            problems.add(.required, at: .position, "a line has its position")
            return nil
        }
        return .leaf(
            DumpedLeaf(
                position: position,
                leaf: leaf,
                agent: agent,
                number: number,
                key: key,
                publicKey: publicKey,
                subject: subject
            )
        )
    }

    private func eventLine(_ problems: inout FieldProblems) -> DumpLine? {
        let required: [EventField] = [.agent, .type, .data, .position, .received, .writer, .hash, .commit]
        for field in required where !present.contains(field) {
            problems.add(.required, at: field, "a line of a dump has it")
        }
        if isForgotten {
            if !isDataNull { problems.add(.misplaced, at: .data, "a forgotten event has data null") }
            if present.contains(.salt) { problems.add(.misplaced, at: .salt, "a forgotten event has no salt") }
        } else {
            if isDataNull { problems.add(.wrongType, at: .data, "the data of an event is an object") }
            if !present.contains(.salt) { problems.add(.required, at: .salt, "a line of a dump has it") }
        }
        if present.contains(.signature) != present.contains(.publicKey) {
            let missing: EventField = present.contains(.signature) ? .publicKey : .signature
            problems.add(.required, at: missing, "a signature and the key it is by stand together")
        }
        guard problems.count == 0, let agent, let type, let commit, let position, let received, let writer, let hash
        else { return nil }
        let head = EventHead(
            event(agent: agent, type: type),
            commit: commit,
            position: position,
            received: received,
            writer: writer
        )
        let content: StoredEvent.Content
        if let salt, let body { content = .open(salt, body) } else { content = .forgotten }
        return .event(DumpedEvent(head: head, hash: hash, content: content))
    }
}
