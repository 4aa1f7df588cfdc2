import Basics
import Model
import Ports
import Testing

extension LedgerConformance {
    static let recognising = [
        LedgerCheck("the same content answers with its first position, whatever else differs") { fixture in
            try await with(fixture) { ledger, clock in
                let sent = try (0..<3).map { try said("device-a", "\($0)") }
                let first = try await ledger.append(sent)
                #expect(first.positions.map(\.index) == [0, 1, 2] && first.duplicates.isEmpty)
                clock.advance(by: 100_000)
                let again = try await ledger.append(sent.reversed())
                #expect(again.positions.map(\.index) == [2, 1, 0] && again.duplicates == [0, 1, 2])
                var other = sent[1].event
                other.clock = try VectorClock([(AgentID("device-b"), 4)])
                other.room = try RoomID("64")
                let moved = try await ledger.append([Submission(other, by: .token, recognised: sent[1].recognition)])
                #expect(moved.positions.map(\.index) == [1] && moved.duplicates == [0])
                #expect(moved.head == first.head)
            }
        },
        LedgerCheck("equals said together are told apart by their occurrence") { fixture in
            try await with(fixture) { ledger, _ in
                let twins = try [said("device-a", "x"), said("device-a", "x", occurrence: 1)]
                #expect(try await ledger.append(twins).positions.map(\.index) == [0, 1])
                let again = try await ledger.append(twins + [try said("device-a", "x", occurrence: 2)])
                #expect(again.positions.map(\.index) == [0, 1, 2] && again.duplicates == [0, 1])
                // The same occurrence in one batch is the same event.
                let same = try await ledger.append([try said("device-a", "y"), try said("device-a", "y")])
                #expect(same.positions.map(\.index) == [3, 3] && same.duplicates == [1])
            }
        },
        LedgerCheck("agent, type, time and body make another event") { fixture in
            try await with(fixture) { ledger, _ in
                let base = try said("device-a", "x")
                var later = base.event
                later.at = (later.at ?? 0) + 1
                var other = base.event
                other.type = .breath
                var timeless = base.event
                timeless.at = nil
                let events = [base.event, later, other, timeless, try said("device-b", "x").event]
                let batch = events.map { Submission($0, by: .open, recognised: base.recognition) }
                #expect(try await ledger.append(batch).positions.map(\.index) == [0, 1, 2, 3, 4])
                #expect(try await ledger.append(batch).duplicates == [0, 1, 2, 3, 4])
            }
        },
        LedgerCheck("a key of a content says nothing of it") { fixture in
            try await with(fixture) { ledger, _ in
                let base = try said("device-a", "x")
                var elsewhere = base.event
                elsewhere.subject = try SubjectID("somebody")
                let moved = Submission(elsewhere, by: .open, recognised: base.recognition)
                _ = try await ledger.append([base, moved])
                let keys = try await all(ledger).map { try #require($0.head.key) }
                #expect(keys.count == 2 && keys[0] != keys[1], "each subject has a secret of its own")
                // Whoever reads a key can only use it for other content in vain.
                var forged = try Sample.event("device-a", say: "other")
                forged.key = keys[0]
                try await refuses(ledger, [forged], [refusal(0, .keyReused(at: Position(0)))])
            }
        },
        LedgerCheck("what may only be a resend is refused when it is none") { fixture in
            try await with(fixture) { ledger, _ in
                let unknown = try said("device-a", "x", unknown: .refused)
                try await expectUnknown(ledger, [unknown], at: [0])
                let known = try said("device-a", "x")
                _ = try await ledger.append([known])
                #expect(try await ledger.append([unknown]).duplicates == [0])
                let batch = try [
                    said("device-a", "new"), said("device-a", "old", unknown: .refused), unknown,
                    said("device-b", "old", unknown: .refused),
                ]
                try await expectUnknown(ledger, batch, at: [1, 3])
                let mended = try await ledger.append([batch[0], batch[2]])
                #expect(mended.positions.map(\.index) == [1, 0] && mended.duplicates == [1])
            }
        },
        LedgerCheck("what was forgotten is not recognised any more") { fixture in
            try await with(fixture) { ledger, _ in
                let sent = try said("device-a", "x")
                _ = try await ledger.append([sent])
                try await forget(ledger, "device-a")
                let again = try await ledger.append([sent])
                #expect(again.positions.map(\.index) == [2] && again.duplicates.isEmpty)
                #expect(try await ledger.append([sent]).positions.map(\.index) == [2])
                let keys = try await all(ledger).compactMap(\.head.key)
                #expect(keys.count == 2 && keys[0] != keys[1])
            }
        },
        LedgerCheck("content is remembered as long as a key is") { fixture in
            var setting = LedgerSetting()
            setting.keyMilliseconds = 1000
            setting.keyCount = 1
            try await with(fixture, setting) { ledger, clock in
                let sent = try said("device-a", "x")
                _ = try await ledger.append([sent])
                _ = try await ledger.append([try said("device-b", "y"), try said("device-c", "z")])
                clock.advance(by: 999)
                #expect(try await ledger.append([sent]).duplicates == [0])
                clock.advance(by: 1000)
                #expect(try await ledger.append([sent]).positions.map(\.index) == [3])
            }
        },
        LedgerCheck("content is recognised after a new start") { fixture in
            guard fixture.endurance == .files else { return }
            let sent = try (0..<4).map { try said("device-\($0 % 2)", "\($0)") }
            try await with(fixture) { ledger, _ in _ = try await ledger.append(sent) }
            try await with(fixture) { ledger, _ in
                let again = try await ledger.append(sent)
                #expect(again.positions.map(\.index) == [0, 1, 2, 3] && again.duplicates == [0, 1, 2, 3])
            }
        },
    ]

    private static func said(
        _ device: String,
        _ words: String,
        occurrence: Int = 0,
        unknown: Recognition.Unknown = .accepted
    ) throws -> Submission {
        var event = try Sample.event(device, say: words)
        event.at = 1_781_954_400_000
        return Submission(event, by: .device, recognised: .content(occurrence: occurrence, unknown: unknown))
    }

    private static func expectUnknown(
        _ ledger: any Ledger,
        _ batch: [Submission],
        at indices: [Int]
    ) async throws {
        let before = ledger.extent.size
        do throws(AppendError) {
            _ = try await ledger.append(batch)
            Issue.record("nothing was refused")
        } catch {
            guard case .refused(let refusals) = error else {
                Issue.record("the store failed")
                return
            }
            #expect(refusals == indices.map { AppendRefusal(index: $0, reason: .unknown) })
        }
        #expect(ledger.extent.size == before)
    }
}
