import Basics
import TestSupport
import Testing

@Suite("CBOR") struct CBORTests {
    /// The examples of RFC 8949, appendix A, that deterministic CBOR of documents can have.
    static let examples: [(String, Value)] = [
        ("00", 0), ("01", 1), ("0a", 10), ("17", 23), ("1818", 24), ("1819", 25), ("1864", 100), ("1903e8", 1000),
        ("1a000f4240", 1_000_000), ("1b000000e8d4a51000", 1_000_000_000_000), ("20", -1), ("29", -10), ("3863", -100),
        ("3903e7", -1000), ("fb3ff199999999999a", 1.1), ("f93e00", 1.5), ("fa7f7fffff", 3.4028234663852886e+38),
        ("fb7e37e43c8800759c", 1.0e+300), ("f90001", 5.960464477539063e-8), ("f90400", 0.00006103515625),
        ("fbc010666666666666", -4.1), ("f4", false), ("f5", true), ("f6", .null), ("40", .bytes([])),
        ("4401020304", .bytes([1, 2, 3, 4])), ("60", ""), ("6161", "a"), ("6449455446", "IETF"), ("62225c", "\"\\"),
        ("62c3bc", "\u{FC}"), ("63e6b0b4", "\u{6C34}"), ("64f0908591", "\u{10151}"), ("80", []),
        ("83010203", [1, 2, 3]),
        ("8301820203820405", [1, [2, 3], [4, 5]]),
        (
            "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
            .array((1...25).map { .integer($0) })
        ),
        ("a0", [:]), ("a26161016162820203", ["a": 1, "b": [2, 3]]), ("826161a161626163", ["a", ["b": "c"]]),
        (
            "a56161614161626142616361436164614461656145",
            ["a": "A", "b": "B", "c": "C", "d": "D", "e": "E"]
        ),
    ]

    @Test(arguments: examples.indices) func readsAndWritesTheExamplesOfTheStandard(_ index: Int) throws {
        let (hex, value) = Self.examples[index]
        let bytes = try #require(Hex.bytes(hex))
        #expect(try parseCBOR(bytes) == value)
        #expect(Hex.text(encoded(value)) == hex)
    }

    /// Examples of the standard that are other numbers here: the smallest form of their value wins.
    @Test(arguments: [
        ("f90000", "00"), ("f98000", "00"), ("f93c00", "01"), ("f97bff", "19ffe0"), ("fa47c35000", "1a000186a0"),
        ("f9c400", "23"), ("1b0020000000000000", "1b0020000000000000"), ("fb4340000000000000", "1b0020000000000000"),
        ("1b0020000000000002", "fb4340000000000001"), ("1b1000000000000000", "fa5d800000"),
        ("3b001fffffffffffff", "3b001fffffffffffff"), ("1bffffffffffffffff", nil), ("3bffffffffffffffff", "fadf800000"),
        ("1b0020000000000001", nil), ("3b0020000000000000", nil), ("3bfffffffffffffffe", nil),
    ])
    func numbersHaveOneForm(_ given: String, _ canonical: String?) throws {
        let bytes = try #require(Hex.bytes(given))
        if let canonical {
            #expect(Hex.text(encoded(try parseCBOR(bytes, .lenient))) == canonical)
        } else {
            #expect(throws: CBORError(.integerBeyondDouble, at: 0)) { try parseCBOR(bytes, .lenient) }
        }
        if canonical != given { #expect(throws: CBORError.self) { try parseCBOR(bytes) } }
    }

    @Test(
        arguments: [
            ("", .truncated, 0), ("18", .truncated, 0), ("1900", .truncated, 0), ("1b00000000000000", .truncated, 0),
            ("61", .truncated, 0), ("7bffffffffffffffff", .truncated, 0), ("9bffffffffffffffff", .truncated, 0),
            ("bbffffffffffffffff", .truncated, 0), ("81", .truncated, 0), ("a161", .truncated, 0),
            ("a16161", .truncated, 3),
            ("0000", .trailingBytes, 1), ("1c", .reserved, 0), ("1d", .reserved, 0), ("1e", .reserved, 0),
            ("1f", .indefiniteLength, 0), ("5f4100ff", .indefiniteLength, 0), ("7f6100ff", .indefiniteLength, 0),
            ("9fff", .indefiniteLength, 0), ("bfff", .indefiniteLength, 0), ("ff", .indefiniteLength, 0),
            ("c074323031332d30332d32315432303a30343a30305a", .tag, 0), ("81c11a514b67b0", .tag, 1),
            ("f7", .notSimple, 0), ("f0", .notSimple, 0), ("f8ff", .notSimple, 0), ("fc", .reserved, 0),
            ("61ff", .malformedText, 1), ("62c0af", .malformedText, 1), ("63eda080", .malformedText, 1),
            ("64f4908080", .malformedText, 1), ("a10000", .keyIsNoText, 1), ("a2616100616100", .duplicateKey, 4),
            ("f97e00", .notFinite, 0), ("f97c00", .notFinite, 0), ("f9fc00", .notFinite, 0),
            ("fa7fc00000", .notFinite, 0),
            ("fb7ff8000000000000", .notFinite, 0),
        ] as [(String, CBORError.Reason, Int)]
    )
    func refusesInBothModes(_ hex: String, _ reason: CBORError.Reason, _ offset: Int) throws {
        let bytes = try #require(Hex.bytes(hex))
        for mode in [CBORReader.Mode.canonical, .lenient] {
            #expect(throws: CBORError(reason, at: offset)) { try parseCBOR(bytes, mode) }
        }
    }

    @Test(
        arguments: [
            ("1817", .notShortest), ("190018", .notShortest), ("1a0000ffff", .notShortest),
            ("1b00000000ffffffff", .notShortest), ("3800", .notShortest), ("7800", .notShortest),
            ("5800", .notShortest),
            ("9800", .notShortest), ("b800", .notShortest), ("fa3fc00000", .notShortest),
            ("fb3ff8000000000000", .notShortest),
            ("f93c00", .notShortest), ("f98000", .notShortest), ("a2616200616100", .keyOutOfOrder),
            ("a262616100616200", .keyOutOfOrder),
        ] as [(String, CBORError.Reason)]
    )
    func refusesOtherFormsWhenCanonical(_ hex: String, _ reason: CBORError.Reason) throws {
        let bytes = try #require(Hex.bytes(hex))
        let error = #expect(throws: CBORError.self) { try parseCBOR(bytes) }
        #expect(error?.reason == reason)
        var assembler = CBORAssembler()
        var reader = CBORReader(bytes.raw, mode: .lenient)
        try reader.assemble(into: &assembler)
        try reader.finish()
        _ = try parseCBOR(assembler.writer.bytes)
    }

    @Test func depthIsBounded() throws {
        let deep = [UInt8](repeating: 0x81, count: 128) + [0x00]
        _ = try parseCBOR(deep)
        #expect(throws: CBORError(.tooDeep, at: 128)) { try parseCBOR([0x81] + deep) }
        let deeper = [UInt8](repeating: 0x81, count: 100_000)
        #expect(throws: CBORError(.tooDeep, at: 128)) { try parseCBOR(deeper) }
        var assembler = CBORAssembler()
        #expect(throws: CBORError(.tooDeep, at: Limits.readableDepth)) {
            var reader = CBORReader(deeper.raw, mode: .lenient)
            try reader.assemble(into: &assembler)
        }
    }

    @Test(arguments: seeds(300)) func valuesComeBack(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let value = random.value(depth: 4)
        let bytes = encoded(value)
        #expect(try parseCBOR(bytes) == value)
        var reader = CBORReader(bytes.raw)
        try reader.skip()
        try reader.finish()
        var passer = CBORReader(bytes.raw)
        try passer.pass()
        try passer.finish()
    }

    /// What canonical reading accepts has one encoding: a changed byte is refused, or encodes another value.
    @Test(arguments: seeds(40)) func everyMutationIsRefusedOrCanonical(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = encoded(random.value(depth: 3))
        for place in bytes.indices {
            var mutant = bytes
            mutant[place] ^= UInt8(1 + random.below(255))
            guard let value = try? parseCBOR(mutant) else { continue }
            #expect(encoded(value) == mutant)
        }
    }

    @Test func halvesAreExact() {
        for bits in UInt16.min...UInt16.max {
            let value = Half.value(bits)
            if value.isNaN { continue }
            #expect(Half.bits(of: Float(value)) == bits)
        }
        #expect(Half.bits(of: 65519) == nil)
        #expect(Half.bits(of: 65536) == nil)
        #expect(Half.bits(of: 0x1p-25) == nil)
        #expect(Half.bits(of: 0x1.8p-24) == nil)
        #expect(Half.bits(of: .leastNonzeroMagnitude) == nil)
        #expect(Half.bits(of: .nan) == 0x7E00)
    }

    /// Any order of entries gives the same bytes.
    @Test(arguments: seeds(60)) func theAssemblerSorts(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fields = random.fields(depth: 2)
        let shuffled = fields.map { ($0.key, $0.value) }.shuffled(using: &random)
        var lenient = CBORWriter()
        lenient.map(shuffled.count)
        for (key, value) in shuffled {
            lenient.text(key)
            lenient.value(value)
        }
        var assembler = CBORAssembler()
        var reader = CBORReader(lenient.bytes.raw, mode: .lenient)
        try reader.assemble(into: &assembler)
        #expect(assembler.writer.bytes == encoded(.map(fields)))
        #expect(assembler.faults.isEmpty)
    }

    /// Keys that differ late, and keys longer than any rank tells, are compared in full.
    @Test func theAssemblerComparesKeysInFull() throws {
        var random = SeededRandom(seed: 3)
        let prefix = "the same beginning "
        let similar = (100..<140).map { (prefix + "\($0)", Value.integer($0)) }
        let long = [66_000, 65_535, 65_534, 70_000].enumerated().map { index, count in
            (String(repeating: ["z", "y", "x", "a"][index], count: count), Value.integer(Int64(index)))
        }
        for entries in [similar, Array(similar.prefix(5)), long] {
            var lenient = CBORWriter()
            lenient.map(entries.count)
            for (key, value) in entries.shuffled(using: &random) {
                lenient.text(key)
                lenient.value(value)
            }
            var assembler = CBORAssembler()
            var reader = CBORReader(lenient.bytes.raw, mode: .lenient)
            try reader.assemble(into: &assembler)
            #expect(assembler.writer.bytes == encoded(.map(try Fields(entries))))
        }
    }

    @Test(arguments: [2, 3, 25, 300]) func theAssemblerFindsDuplicates(_ count: Int) throws {
        for twice in [0, (count - 1) / 2, count - 2] {
            var lenient = CBORWriter()
            lenient.map(count)
            for index in 0..<count {
                lenient.text("long key number \(index == count - 1 ? twice : index)")
                lenient.integer(Int64(index))
            }
            var assembler = CBORAssembler()
            let error = #expect(throws: CBORError.self) {
                var reader = CBORReader(lenient.bytes.raw, mode: .lenient)
                try reader.assemble(into: &assembler)
            }
            #expect(error?.reason == .duplicateKey)
        }
    }
}
