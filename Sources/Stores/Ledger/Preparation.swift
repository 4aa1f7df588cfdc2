package import Basics
package import Model
internal import OpenSSLDriver
package import Ports

/// A batch made ready for the writer of a ledger: salted, committed to, its signatures checked.
///
/// It needs nothing of the ledger, so every sender makes its own, beside the writer and all others.
package struct Preparation: Sendable {
    /// An event that wants nothing but its place.
    package struct Item: Sendable {
        package let prepared: PreparedEvent
        /// How the writer was known; `signed` when a good signature is there.
        package let writer: Writer
        let recognition: Recognition
        /// What the writer asks of every event, without a look at the whole of it.
        let number: Int64
        let traits: Traits

        package var event: Event { prepared.event }

        init(prepared: PreparedEvent, writer: Writer, recognition: Recognition = .declared) {
            self.prepared = prepared
            self.writer = writer
            self.recognition = recognition
            let event = prepared.event
            number = event.number?.value ?? 0
            var traits: Traits = []
            if event.key != nil { traits.insert(.hasKey) }
            if event.causes != nil { traits.insert(.hasCauses) }
            if event.signature != nil { traits.insert(.isSigned) }
            self.traits = traits
        }

        /// The same event under the key that its content gave it.
        func named(_ key: IdempotencyKey) -> Item {
            var event = event
            event.key = key
            let named = PreparedEvent(event, salt: prepared.salt, commit: prepared.commit)
            return Item(prepared: named, writer: writer, recognition: recognition)
        }
    }

    /// What few events have.
    struct Traits: OptionSet, Sendable {
        let rawValue: UInt8

        static let hasKey = Traits(rawValue: 1)
        static let hasCauses = Traits(rawValue: 2)
        static let isSigned = Traits(rawValue: 4)
    }

    /// One for each event of the batch, in its order, those with a bad signature too.
    package let items: [Item]
    /// The bad signatures; where there is one, nothing of the batch may be appended.
    package let refusals: [AppendRefusal]

    package init(_ batch: [Submission], randomness: any Randomness) {
        let hasher = SHA256Hasher()
        let salts = randomness.bytes(Limits.saltBytes * batch.count { $0.event.salt == nil })
        var used = 0
        var items: [Item] = []
        var refusals: [AppendRefusal] = []
        items.reserveCapacity(batch.count)
        for (index, submission) in batch.enumerated() {
            let event = submission.event
            let salt = event.salt ?? Self.take(from: salts, &used)
            let commit = hasher.hash(salt.bytes.raw, event.body.encoded.raw)
            var writer = submission.writer
            switch Self.check(event, commit: commit) {
            case .unsigned: break
            case .good: writer = .signed
            case .bad: refusals.append(AppendRefusal(index: index, reason: .badSignature))
            }
            let prepared = PreparedEvent(event, salt: salt, commit: commit)
            items.append(Item(prepared: prepared, writer: writer, recognition: submission.recognition))
        }
        self.items = items
        self.refusals = refusals
    }

    private static func take(from salts: [UInt8], _ used: inout Int) -> Salt {
        guard let salt = Salt(salts.raw.extracting(used..<used + Limits.saltBytes)) else {
            preconditionFailure("as much randomness came as was asked for")
        }
        used += Limits.saltBytes
        return salt
    }

    private enum Signing { case unsigned, good, bad }

    /// Whether the event is signed, and well: by the key that it names, over a salt that it brings.
    private static func check(_ event: Event, commit: ContentHash) -> Signing {
        guard let signature = event.signature else { return .unsigned }
        guard let publicKey = event.publicKey, event.salt != nil else { return .bad }
        let isGood = Ed25519.verify(
            signature: signature.bytes,
            message: CanonicalEvent.signed(event, commit: commit),
            publicKey: publicKey.bytes
        )
        return isGood ? .good : .bad
    }
}
