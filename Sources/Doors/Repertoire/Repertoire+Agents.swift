internal import Agents
internal import Basics
internal import Capability
internal import Model

/// Who is there: `agent.*`.
extension Repertoire {
    var agents: [Capability] { [register, heartbeat, listAgents] }

    // MARK: agent.register

    private struct Registering: Sendable {
        let agent: AgentID
        let publicKey: String
        let sacredName: String?
        let primaryRegion: String?
        let backupRegions: [String]
        let capabilities: Datum?

        private static let name = Shape<String>.text(length: 1...AgentRegistration.nameCharacters)

        static let shape = Shape.object(
            Registering.init,
            Field("agent", \.agent, .name, "Who registers."),
            Field("publicKey", \.publicKey, .text(length: 1...AgentRegistration.keyCharacters)),
            Field.optional("sacredName", \.sacredName, name),
            Field.optional("primaryRegion", \.primaryRegion, name),
            Field.assumed(
                "backupRegions",
                \.backupRegions,
                .list(of: name, count: 0...AgentRegistration.regionCount),
                []
            ),
            Field.optional("capabilities", \.capabilities, .any, "An object of the agent's own.")
        )

        var fields: Fields {
            var fields = Fields(unique: [
                ("publicKey", .text(publicKey)), ("backupRegions", .array(backupRegions.map { .text($0) })),
            ])
            fields["sacredName"] = sacredName.map { .text($0) }
            fields["primaryRegion"] = primaryRegion.map { .text($0) }
            fields["capabilities"] = capabilities?.value
            return fields
        }
    }

    private struct Registered: Sendable {
        let agent: AgentID
        let position: Position

        static let shape = Shape.object(
            Registered.init,
            Field("agent", \.agent, .name),
            Field("position", \.position, .position, "Where the registration stands.")
        )
    }

    private var register: Capability {
        .mutation(
            "agent.register",
            "Makes an agent known, or known anew.",
            access: .scope(.write),
            input: Registering.shape,
            output: Registered.shape,
            example: Registering(
                agent: AgentID(unchecked: "a-1"),
                publicKey: "ed25519:3f0d",
                sacredName: "Still Water",
                primaryRegion: "local",
                backupRegions: [],
                capabilities: nil
            ),
            position: { $0.position.index }
        ) { [services] (said, call) async throws(Refusal) in
            try call.check(speaksFor: said.agent)
            let registration: AgentRegistration
            do throws(AgentRegistration.Invalid) { registration = try AgentRegistration(said.fields) } catch {
                throw Refusal(error.problems)
            }
            do throws(AgentRegistry.Failure) {
                let position = try await services.agents.register(
                    said.agent,
                    registration,
                    by: call.writer,
                    now: call.now.milliseconds
                )
                return Registered(agent: said.agent, position: position)
            } catch {
                throw Refusal(error)
            }
        }
    }

    // MARK: agent.heartbeat

    private struct Beat: Sendable {
        let agent: AgentID
        let period: Int64?
        let breathingPhase: Double?

        static let shape = Shape.object(
            Beat.init,
            Field("agent", \.agent, .name),
            Field.optional("period", \.period, .integer(in: 1...86_400_000), "Milliseconds between two heartbeats."),
            Field.optional("breathingPhase", \.breathingPhase, .number(in: 0...360))
        )
    }

    private struct Lease: Sendable {
        let agent: AgentID
        let until: Int64

        static let shape = Shape.object(
            Lease.init,
            Field("agent", \.agent, .name),
            Field("leaseUntil", \.until, .integer, "Milliseconds since 1970: as long the agent counts as present.")
        )
    }

    private var heartbeat: Capability {
        .mutation(
            "agent.heartbeat",
            "Says that an agent lives. Nothing is written: presence is a lease.",
            access: .scope(.write),
            input: Beat.shape,
            output: Lease.shape,
            example: Beat(agent: AgentID(unchecked: "nobody-yet"), period: 30_000, breathingPhase: nil),
            ending: .refused(.notFound)
        ) { [services] (beat, call) async throws(Refusal) in
            try call.check(speaksFor: beat.agent)
            do throws(AgentRegistry.Failure) {
                let now = call.now.milliseconds
                return Lease(
                    agent: beat.agent,
                    until: try await services.agents.heartbeat(beat.agent, period: beat.period, now: now)
                )
            } catch {
                throw Refusal(error)
            }
        }
    }

    // MARK: agent.list

    private struct Question: Sendable {
        let region: String?
        let active: Bool?
        let limit: Int64
        let cursor: AgentRegistry.Cursor?

        static let shape = Shape.object(
            Question.init,
            Field.optional("region", \.region, .text(length: 1...AgentRegistration.nameCharacters)),
            Field.optional("active", \.active, .bool, "Only those with a lease, or without."),
            Field.assumed("limit", \.limit, .integer(in: 1...1000), 100),
            Field.optional("cursor", \.cursor, .cursor, "What the page before said is next.")
        )
    }

    private struct Agents: Sendable {
        let agents: [AgentRegistry.Agent]
        let next: String?
        let position: Int64

        static let shape = Shape.object(
            Agents.init,
            Field("agents", \.agents, .list(of: .agent)),
            Field("next", \.next, .nullable(.text)),
            Field("position", \.position, .integer, "What the list shows; -1 before the first event.")
        )
    }

    private var listAgents: Capability {
        .query(
            "agent.list",
            "Who registered, and who of them is present.",
            access: .scope(.read),
            input: Question.shape,
            output: Agents.shape,
            example: Question(region: nil, active: nil, limit: 10, cursor: nil),
            position: { $0.position }
        ) { [services] (said, call) async throws(Refusal) in
            var question = AgentRegistry.Question()
            question.region = said.region
            question.presence = said.active.map { $0 ? .active : .inactive } ?? .any
            question.limit = Int(said.limit)
            question.cursor = said.cursor
            do throws(AgentRegistry.Failure) {
                let page = try await services.agents.list(question, now: call.now.milliseconds)
                return Agents(agents: page.agents, next: page.next?.text, position: page.position)
            } catch {
                throw Refusal(error)
            }
        }
    }
}

extension Refusal {
    /// What a service found wrong with the fields of an input, by their JSON pointers.
    init(_ problems: [FieldProblem]) {
        self = .invalid(
            problems.map { problem in
                let path = problem.path.split(separator: "/").map { Fault.Step.key(String($0)) }
                return Fault(.other, at: path, problem.message)
            }
        )
    }
}

extension Shape where Content == AgentRegistry.Cursor {
    fileprivate static var cursor: Shape<AgentRegistry.Cursor> {
        Shape<String>.text(length: 1...300).parsed(
            { text throws(Shape<String>.Unfit) in
                guard let cursor = AgentRegistry.Cursor(text) else {
                    throw Shape<String>.Unfit("it is no cursor of this list")
                }
                return cursor
            },
            plain: { $0.text }
        )
    }
}

extension Shape where Content == AgentRegistry.Agent {
    /// Agents are shown, never taken.
    fileprivate static var agent: Shape<AgentRegistry.Agent> {
        let shown = Shape<ShownAgent>.object(
            ShownAgent.init,
            Field("agent", \.agent, .text),
            Field.optional("publicKey", \.publicKey, .text),
            Field.optional("sacredName", \.sacredName, .text),
            Field("primaryRegion", \.primaryRegion, .text),
            Field("lastHeartbeat", \.lastHeartbeat, .integer),
            Field("active", \.active, .bool)
        )
        return Shape(
            shown.schema,
            read: { _, reading in
                reading.fail(.other, "agents are shown, not taken")
                return nil
            },
            write: { agent, writer in shown.write(ShownAgent(agent), &writer) }
        )
    }
}

private struct ShownAgent: Sendable {
    let agent: String
    let publicKey: String?
    let sacredName: String?
    let primaryRegion: String
    let lastHeartbeat: Int64
    let active: Bool

    init(
        agent: String,
        publicKey: String?,
        sacredName: String?,
        primaryRegion: String,
        lastHeartbeat: Int64,
        active: Bool
    ) {
        self.agent = agent
        self.publicKey = publicKey
        self.sacredName = sacredName
        self.primaryRegion = primaryRegion
        self.lastHeartbeat = lastHeartbeat
        self.active = active
    }

    init(_ agent: AgentRegistry.Agent) {
        self.init(
            agent: agent.entry.agent,
            publicKey: agent.entry.publicKey,
            sacredName: agent.entry.sacredName,
            primaryRegion: agent.entry.primaryRegion,
            lastHeartbeat: agent.lastHeartbeat,
            active: agent.isActive
        )
    }
}
