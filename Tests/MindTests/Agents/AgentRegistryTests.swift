import Basics
import Model
import OpenSSLDriver
import Ports
import Stores
import TestSupport
import Testing

@testable import Agents
@testable import Chat

@Suite struct AgentRegistryTests {
    static let now: Int64 = 1_781_954_400_000

    private func with(_ body: (FollowedLedger, AgentRegistry, AgentLeases) async throws -> Void) async throws {
        let followed = try await FollowedLedger([AgentRegistryView()])
        let leases = AgentLeases()
        let registry = AgentRegistry(ledger: followed.ledger, in: followed.rows, leases: leases, reach: followed.reach)
        let areSame = try await followed.running(["agent_registry"]) { try await body(followed, registry, leases) }
        #expect(areSame == [true])
    }

    static func registration(_ fields: [(String, Value)] = []) throws -> AgentRegistration {
        try AgentRegistration(Fields([("publicKey", "k")] + fields))
    }

    @Test func anAgentRegistersAndLives() async throws {
        try await with { followed, registry, leases in
            let agent = try AgentID("agent-1")
            await #expect(throws: AgentRegistry.Failure.self) {
                _ = try await registry.heartbeat(agent, period: nil, now: Self.now)
            }
            let registration = try Self.registration([("sacredName", "Ever Listening"), ("primaryRegion", "north")])
            #expect(try await registry.register(agent, registration, by: .open, now: Self.now) == Position(0))
            var listing = try await registry.list(AgentRegistry.Question(), now: Self.now)
            #expect(listing.agents.map(\.entry.sacredName) == ["Ever Listening"] && listing.position == 0)
            #expect(listing.agents.map(\.isActive) == [false])
            #expect(try await registry.heartbeat(agent, period: nil, now: Self.now + 5) == Self.now + 90_005)
            #expect(try await registry.heartbeat(agent, period: 60_000, now: Self.now + 6) == Self.now + 180_006)
            // A lease gets no shorter.
            #expect(try await registry.heartbeat(agent, period: 1, now: Self.now + 7) == Self.now + 180_006)
            listing = try await registry.list(AgentRegistry.Question(), now: Self.now + 180_005)
            #expect(listing.agents.map(\.isActive) == [true])
            #expect(listing.agents.map(\.lastHeartbeat) == [Self.now + 7])
            #expect(leases.lease(of: "agent-1")?.isActive(at: Self.now + 180_006) == false)
            // Heartbeats write nothing.
            #expect(followed.ledger.extent.size == 1)
        }
    }

    @Test func aNewStartKnowsWhoRegistered() async throws {
        try await with { followed, registry, _ in
            let agent = try AgentID("agent-1")
            _ = try await registry.register(agent, Self.registration(), by: .open, now: Self.now)
            let fresh = AgentRegistry(
                ledger: followed.ledger,
                in: followed.rows,
                leases: AgentLeases(),
                reach: followed.reach
            )
            #expect(try await fresh.heartbeat(agent, period: nil, now: Self.now) > Self.now)
        }
    }

    @Test(arguments: [nil, "north"] as [String?]) func listsGoPageByPage(_ region: String?) async throws {
        try await with { followed, registry, _ in
            for index in 0..<23 {
                let agent = try AgentID("agent-\(index)")
                let place: Value = index.isMultiple(of: 3) ? "south" : "north"
                _ = try await registry.register(
                    agent,
                    Self.registration([("primaryRegion", place)]),
                    by: .open,
                    now: Self.now
                )
                // Some register in the same millisecond.
                if index.isMultiple(of: 4) { followed.clock.advance(by: 1) }
                if index.isMultiple(of: 2) { _ = try await registry.heartbeat(agent, period: nil, now: Self.now) }
            }
            for presence in [AgentRegistry.Question.Presence.any, .active, .inactive] {
                var names: [String] = []
                var question = AgentRegistry.Question()
                question.region = region
                question.presence = presence
                question.limit = 4
                repeat {
                    let page = try await registry.list(question, now: Self.now)
                    #expect(page.agents.count <= 4)
                    names += page.agents.map(\.entry.agent)
                    question.cursor = try page.next.map { try #require(AgentRegistry.Cursor($0.text)) }
                } while question.cursor != nil
                let expected = (0..<23).filter { index in
                    (region == nil || !index.isMultiple(of: 3))
                        && (presence == .any || (presence == .active) == index.isMultiple(of: 2))
                }
                #expect(names.count == expected.count && Set(names) == Set(expected.map { "agent-\($0)" }))
            }
        }
    }

    @Test func whoIsForgottenIsGone() async throws {
        try await with { followed, registry, _ in
            let agent = try AgentID("agent-1")
            _ = try await registry.register(agent, Self.registration(), by: .open, now: Self.now)
            // Nobody registers another.
            let event = Event(
                agent: try AgentID("agent-2"),
                type: AgentRegistration.type,
                body: try Self.registration().body,
                subject: try SubjectID("agent-3")
            )
            _ = try await followed.ledger.append([Submission(event, by: .open)])
            let forgotten = try await followed.ledger.forget(SubjectID("agent-1"), by: .token)
            try await followed.reach(try #require(forgotten.position))
            #expect(try await registry.list(AgentRegistry.Question(), now: Self.now).agents.isEmpty)
        }
    }

    @Test func registrationsNameEveryBadField() throws {
        let fields = try Fields([
            ("publicKey", .integer(1)), ("sacredName", ""), ("backupRegions", ["a", .integer(1), "\u{1}"]),
            ("capabilities", []),
        ])
        do throws(AgentRegistration.Invalid) {
            _ = try AgentRegistration(fields)
            Issue.record("it was taken")
        } catch {
            let paths = ["/publicKey", "/sacredName", "/backupRegions/1", "/backupRegions/2", "/capabilities"]
            #expect(error.problems.map(\.path) == paths)
        }
        #expect(throws: AgentRegistration.Invalid.self) { try AgentRegistration(Fields()) }
        let full = try Self.registration([("backupRegions", ["a"]), ("capabilities", ["x": true])])
        #expect(try AgentRegistration(full.body.fields) == full)
    }

    @Test func confirmationsNameTheAuthor() async throws {
        try await with { followed, registry, _ in
            let author = Event(agent: try AgentID("agent-1"), type: .touch)
            _ = try await followed.ledger.append([Submission(author, by: .open)])
            let confirmer = try AgentID("agent-2")
            let done = try await registry.confirm(Position(0), helped: true, as: confirmer, by: .open, now: Self.now)
            #expect(done.position == Position(1) && done.author.text == "agent-1")
            let event = try #require(try await followed.ledger.read(LedgerQuery()).events.last)
            #expect(event.head.type.text == "agent.confirm" && event.head.causes == [Position(0)])
            #expect(event.body?.fields["helped"] == .bool(true))
            await #expect(throws: AgentRegistry.Failure.self) {
                _ = try await registry.confirm(Position(7), helped: true, as: confirmer, by: .open, now: Self.now)
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func leasesAreADictionary(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = LeaseTable()
        var model: [UInt64: (beat: Int64, until: Int64)] = [:]
        var now: Int64 = 1_000_000
        for _ in 0..<30_000 {
            now += Int64(random.below(40))
            let agent = SeededRandom.mix(UInt64(random.below(3000)))
            if random.chance(300) {
                table.enter(agent)
                if model[agent] == nil { model[agent] = (.min, .min) }
            }
            let until = now + 10_000 + Int64(random.below(890_000))
            let isKnown = table.beat(agent, now: now, until: until)
            #expect(isKnown == (model[agent] != nil))
            if let former = model[agent] { model[agent] = (now, max(former.until, until)) }
            #expect(table.lease(of: agent)?.until == model[agent]?.until)
            if random.chance(2) {
                // Seconds are counted whole: a lease that ends within this one may count or not.
                let active = table.activeCount(now: now)
                let surely = model.values.count { $0.until >= now + 1000 }
                let perhaps = model.values.count { $0.until > now - 1000 }
                #expect((surely...perhaps).contains(active))
            }
        }
        #expect(table.count == model.count)
    }

    @Test func chatSaysPlainlyNoAndKeepsWhatWasSaid() async throws {
        let followed = try await FollowedLedger([ChatView()])
        let chat = Chat(ledger: followed.ledger, in: followed.rows, reach: followed.reach)
        let areSame = try await followed.running(["chat"]) {
            let (one, other) = (try AgentID("device-0001"), try AgentID("device-0002"))
            for (index, words) in ["What was the last bloom?", "And before?"].enumerated() {
                let time = Self.now + Int64(index)
                let said = try await chat.say(words, in: "c1", as: one, by: .device, now: time)
                #expect(said?.answer.content == Chat.refusal && said?.answer.role == .assistant)
            }
            _ = try await chat.say("Hello", in: "c2", as: one, by: .device, now: Self.now + 9)
            _ = try await chat.say("Hello", in: "c1", as: other, by: .device, now: Self.now + 10)
            #expect(try await chat.say("", in: "c1", as: one, by: .device, now: Self.now) == nil)
            #expect(
                try await chat.conversations(of: one) == [
                    Chat.Conversation(id: "c2", title: "Hello", lastMessage: "Hello", timestamp: Self.now + 9),
                    Chat.Conversation(
                        id: "c1",
                        title: "What was the last bloom?",
                        lastMessage: "And before?",
                        timestamp: Self.now + 1
                    ),
                ]
            )
            let messages = try await chat.messages(in: "c1", of: one)
            #expect(messages.map(\.role) == [.user, .assistant, .user, .assistant])
            #expect(messages[2].content == "And before?")
            #expect(try await chat.messages(in: "c2", of: other).isEmpty)
            let forgotten = try await followed.ledger.forget(SubjectID("device-0001"), by: .token)
            try await followed.reach(try #require(forgotten.position))
            #expect(try await chat.conversations(of: one).isEmpty)
            #expect(try await chat.conversations(of: other).count == 1)
        }
        #expect(areSame == [true])
    }
}
