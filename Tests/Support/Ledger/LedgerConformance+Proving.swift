import Basics
import Integrity
import Model
import OpenSSLDriver
import Ports
import Testing

extension LedgerConformance {
    static let proving = [
        LedgerCheck("every event is proved in every tree that holds it") { fixture in
            try await with(fixture) { ledger, clock in
                var random = SeededRandom(seed: 21)
                try await fill(ledger, clock, 130, &random)
                let hashes = try await all(ledger).map(\.hash)
                for size in [1, 2, 3, 64, 65, 100, 130] as [Int64] {
                    for position in 0..<size where size < 4 || random.chance(100) || position > size - 3 {
                        try await proves(ledger, position, in: size, hashes)
                    }
                }
                for _ in 0..<100 {
                    let size = Int64(1 + random.below(130))
                    try await proves(ledger, Int64(random.below(Int(size))), in: size, hashes)
                }
            }
        },
        LedgerCheck("every tree is proved to extend every older one") { fixture in
            try await with(fixture) { ledger, clock in
                var random = SeededRandom(seed: 22)
                try await fill(ledger, clock, 130, &random)
                let hashes = try await all(ledger).map(\.hash)
                for _ in 0..<150 {
                    let to = Int64(random.below(131))
                    let from = Int64(random.below(Int(to) + 1))
                    let proof = try await ledger.consistency(from: from, to: to)
                    #expect(proof.from == from && proof.to == to)
                    #expect(proof.fromRoot == SampleHashing().root(of: Array(hashes.prefix(Int(from)))))
                    #expect(proof.toRoot == SampleHashing().root(of: Array(hashes.prefix(Int(to)))))
                    #expect(isValid(proof), "\(from) to \(to)")
                    if from == 0 || from == to { #expect(proof.path.isEmpty) }
                }
            }
        },
        LedgerCheck("an answer's head covers and proves what it answers for") { fixture in
            try await with(fixture) { ledger, _ in
                var heads: [TreeHead] = []
                for step in 0..<12 {
                    let receipt = try await append(
                        ledger,
                        try (0..<step % 5 + 1).map { try Sample.event(say: "\($0)") }
                    )
                    heads.append(receipt.head)
                    for position in receipt.positions {
                        let proof = try await ledger.inclusion(of: position, in: receipt.head.size)
                        #expect(proof.root == receipt.head.root)
                    }
                }
                for (one, next) in zip(heads, heads.dropFirst()) {
                    let proof = try await ledger.consistency(from: one.size, to: next.size)
                    #expect(proof.fromRoot == one.root && proof.toRoot == next.root && isValid(proof))
                }
            }
        },
        LedgerCheck("sizes beyond now are not found, impossible pairs are invalid") { fixture in
            try await with(fixture) { ledger, _ in
                try await append(ledger, try (0..<5).map { try Sample.event(say: "\($0)") })
                await fails(.notFound) { _ = try await ledger.root(at: 6) }
                await fails(.notFound) { _ = try await ledger.inclusion(of: Position(1), in: 6) }
                await fails(.notFound) { _ = try await ledger.consistency(from: 1, to: 6) }
                await fails(.invalid) { _ = try await ledger.root(at: -1) }
                await fails(.invalid) { _ = try await ledger.inclusion(of: Position(3), in: 3) }
                await fails(.invalid) { _ = try await ledger.inclusion(of: Position(0), in: 0) }
                await fails(.invalid) { _ = try await ledger.consistency(from: 4, to: 3) }
                await fails(.invalid) { _ = try await ledger.consistency(from: -1, to: 3) }
            }
        },
        LedgerCheck("a signed head is the current one, under the server's key") { fixture in
            try await with(fixture) { ledger, clock in
                let empty = try await ledger.signedHead()
                #expect(empty.head == TreeHead(size: 0, root: SHA256.hash([])))
                let receipt = try await append(ledger, try [Sample.event(), Sample.event()])
                clock.advance(by: 50)
                let signed = try await ledger.signedHead()
                #expect(signed.head == receipt.head && signed.time == clock.milliseconds())
                #expect(signed.publicKey == empty.publicKey)
                for head in [empty, signed] {
                    #expect(
                        Ed25519.verify(
                            signature: head.signature.bytes,
                            message: head.head.signedBytes(time: head.time),
                            publicKey: head.publicKey.bytes
                        )
                    )
                }
            }
        },
    ]

    static func isValid(_ proof: ConsistencyProof) -> Bool {
        MerkleProof.verifyConsistency(
            from: proof.from,
            to: proof.to,
            path: proof.path,
            fromRoot: proof.fromRoot,
            toRoot: proof.toRoot,
            with: SampleHashing()
        )
    }

    static func isValid(_ proof: InclusionProof) -> Bool {
        MerkleProof.verifyInclusion(
            leaf: proof.leaf,
            position: proof.position.index,
            size: proof.size,
            path: proof.path,
            root: proof.root,
            with: SampleHashing()
        )
    }

    static func proves(_ ledger: any Ledger, _ position: Int64, in size: Int64, _ hashes: [ContentHash]) async throws {
        let proof = try await ledger.inclusion(of: Position(position), in: size)
        #expect(proof.position.index == position && proof.size == size)
        #expect(proof.leaf == hashes[Int(position)])
        #expect(proof.root == SampleHashing().root(of: Array(hashes.prefix(Int(size)))))
        #expect(isValid(proof), "\(position) in \(size)")
    }
}
