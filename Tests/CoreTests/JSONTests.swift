import Basics
import TestSupport
import Testing

@Suite("JSON") struct JSONTests {
    @Test(
        arguments: [
            ("null", .null), (" \t\r\n true ", true), ("false", false), ("\"\"", ""), ("[]", []), ("{}", [:]),
            ("[ ]", []), ("{ }", [:]), ("[1,2]", [1, 2]), (" [ 1 , [ ] , { } ] ", [1, [], [:]]),
            ("{\"a\":{\"b\":[null]}}", ["a": ["b": [.null]]]), ("{\"b\":1,\"a\":2}", ["a": 2, "b": 1]),
            ("{\"\":0}", ["": 0]), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u0041\u00e9\u20AC""#, "A\u{E9}\u{20AC}"),
            (#""\ud83d\ude00""#, "\u{1F600}"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\u0000""#, "\u{0}"),
            (#""\uFFFF\ufffe""#, "\u{FFFF}\u{FFFE}"), ("\"\u{7F}\u{80}\u{2028}\"", "\u{7F}\u{80}\u{2028}"),
            (#"{"\u0061":1}"#, ["a": 1]), ("\"12345678\"", "12345678"), ("\"1234567\\n\"", "1234567\n"),
        ] as [(String, Value)]
    )
    func reads(_ text: String, _ value: Value) throws {
        #expect(try parseJSON(text) == value)
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("-0.0", 0), ("0e99", 0), ("0.0e-400", 0), ("1", 1), ("-1", -1), ("1.0", 1),
            ("10e-1", 1),
            ("1E2", 100), ("1e+2", 100), ("0.5", 0.5), ("-12.25", -12.25), ("1.5e300", 1.5e300), ("1e-400", 0),
            ("4.9e-324", .double(.leastNonzeroMagnitude)), ("2e-324", 0), ("1e400", nil), ("-1e309", nil),
            ("1.7976931348623157e308", 1.7976931348623157e308),
            ("1.7976931348623159e308", nil), ("9007199254740991", 9_007_199_254_740_991),
            ("9007199254740992", 9_007_199_254_740_992), ("9007199254740993", 9_007_199_254_740_992),
            ("9007199254740994", 9007199254740994.0), ("-9007199254740993", -9_007_199_254_740_992),
            ("18446744073709551616", 18446744073709551616.0), ("123456789012345678901234567890", 1.2345678901234568e29),
            ("0.1", 0.1), ("0.30000000000000004", 0.30000000000000004), ("8.5e22", 8.5e22), ("1e22", 1e22),
            ("1e23", 1e23),
            ("9007199254740993.0", 9_007_199_254_740_992), ("0.000000000000000000000000000000000001", 1e-36),
            ("1000000000000000000000e-21", 1),
            ("2.2250738585072011e-308", .double(Double(bitPattern: 0xF_FFFF_FFFF_FFFF))),
        ] as [(String, Value?)]
    )
    func readsNumbersAsDoubles(_ text: String, _ value: Value?) throws {
        guard let value else {
            #expect(throws: JSONError(.numberBeyondDouble, at: 0)) { try parseJSON(text) }
            return
        }
        #expect(try parseJSON(text) == value)
        #expect(try parseJSON("[" + text + "]") == [value])
    }

    @Test(
        arguments: [
            ("", .truncated, 0), (" ", .truncated, 1), ("[", .truncated, 1), ("[1", .truncated, 2),
            ("[1,", .truncated, 3),
            ("{", .truncated, 1), ("{\"a\"", .truncated, 4), ("{\"a\":", .truncated, 5), ("{\"a\":1", .truncated, 6),
            ("\"abc", .truncated, 0), ("\"abc\\", .truncated, 4), ("1 2", .trailingBytes, 2),
            ("{}x", .trailingBytes, 2),
            ("[]]", .trailingBytes, 2), ("\u{FEFF}1", .unexpectedByte, 0), ("[1,]", .unexpectedByte, 3),
            ("[,1]", .unexpectedByte, 1), ("{\"a\":1,}", .unexpectedByte, 7), ("{,}", .unexpectedByte, 1),
            ("{a:1}", .unexpectedByte, 1), ("{1:1}", .unexpectedByte, 1), ("{\"a\" 1}", .unexpectedByte, 5),
            ("[1 2]", .unexpectedByte, 3), ("[}", .unexpectedByte, 1), ("{]", .unexpectedByte, 1),
            ("[1}", .unexpectedByte, 2), ("{\"a\":1]", .unexpectedByte, 6), ("'a'", .unexpectedByte, 0),
            ("// 1", .unexpectedByte, 0), ("+1", .unexpectedByte, 0), (".5", .unexpectedByte, 0),
            ("NaN", .unexpectedByte, 0),
            ("Infinity", .unexpectedByte, 0), ("\u{A0}1", .unexpectedByte, 0),
            ("tru", .malformedLiteral, 0), ("trux", .malformedLiteral, 0), ("falsy", .malformedLiteral, 0),
            ("nul", .malformedLiteral, 0), ("truee", .trailingBytes, 4), ("01", .malformedNumber, 0),
            ("-01", .malformedNumber, 0), ("00", .malformedNumber, 0), ("-", .malformedNumber, 0),
            ("1.", .malformedNumber, 0),
            ("1.e5", .malformedNumber, 0), ("1e", .malformedNumber, 0), ("1e+", .malformedNumber, 0),
            ("-.5", .malformedNumber, 0), ("-Infinity", .malformedNumber, 0), ("0x10", .trailingBytes, 1),
            (#""\x41""#, .malformedEscape, 1), (#""\u12""#, .malformedEscape, 1), (#""\u12G4""#, .malformedEscape, 1),
            (#""\'""#, .malformedEscape, 1), (#""\U0041""#, .malformedEscape, 1), (#""\ud800""#, .loneSurrogate, 1),
            (#""\udc00""#, .loneSurrogate, 1), (#""\ud800\ud800""#, .loneSurrogate, 1),
            (#""\ud800\u0041""#, .loneSurrogate, 1),
            (#""\ud800x""#, .loneSurrogate, 1), (#"{"a":1,"a":2}"#, .duplicateKey, 7),
            (#"{"a":1,"\u0061":2}"#, .duplicateKey, 7),
            (#"[{"b":{"a":1,"c":0,"a":1}}]"#, .duplicateKey, 19),
        ] as [(String, JSONError.Reason, Int)]
    )
    func refuses(_ text: String, _ reason: JSONError.Reason, _ offset: Int) {
        #expect(throws: JSONError(reason, at: offset)) { try parseJSON(text) }
    }

    @Test(
        arguments: [
            [0x80], [0xFF], [0xC3], [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x80, 0xAF], [0xE0, 0x9F, 0xBF],
            [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0xAF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xF8, 0x88, 0x80, 0x80, 0x80],
        ] as [[UInt8]]
    )
    func refusesWhatIsNotUTF8(_ content: [UInt8]) {
        for padding in [0, 7, 8, 20] {
            let text = [UInt8(ascii: "\"")] + [UInt8](repeating: 0x61, count: padding) + content + [UInt8(ascii: "\"")]
            #expect(throws: JSONError(.malformedUTF8, at: 1 + padding)) { try parseJSON(text) }
        }
    }

    /// In a loop, since the names of arguments end up in a log.
    @Test func refusesBareControlCharacters() {
        for control in UInt8(0)..<0x20 {
            for padding in [0, 3, 7, 8, 15] {
                let text = Array("\"".utf8) + [UInt8](repeating: 0x61, count: padding) + [control] + Array("\"".utf8)
                #expect(throws: JSONError(.controlCharacter, at: 1 + padding)) { try parseJSON(text) }
            }
            guard ![0x09, 0x0A, 0x0D].contains(control) else { continue }
            #expect(throws: JSONError(.unexpectedByte, at: 1)) { try parseJSON([0x20, control, 0x31]) }
        }
    }

    @Test func utf8AgreesWithTheStandardLibrary() {
        var random = SeededRandom(seed: 7)
        let leads: [UInt8] = [0x41, 0x80, 0xC2, 0xC1, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5]
        for _ in 0..<20_000 {
            let bytes = (0..<(1 + random.below(12))).map { _ in
                random.chance(500) ? leads[random.below(leads.count)] : UInt8(0x7F + random.below(0x42))
            }
            let ours = UTF8Check.firstFault(in: bytes.raw, 0..<bytes.count) == nil
            #expect(ours == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
        }
    }

    @Test func depthIsBounded() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        _ = try parseJSON(nested(Limits.documentDepth))
        #expect(throws: JSONError(.tooDeep, at: 0)) { try parseJSON(nested(Limits.documentDepth + 1)) }
        // Assembling reads on, so that what is malformed is found first.
        let text = Array((nested(500) + "]").utf8)
        var assembler = CBORAssembler()
        #expect(throws: JSONError(.trailingBytes, at: 1000)) {
            var reader = JSONReader(text.raw)
            try reader.assemble(into: &assembler)
            try reader.finish()
        }
        #expect(assembler.faults == .tooDeep)
        #expect(assembler.writer.bytes.count < 200)
        #expect(throws: JSONError(.tooDeep, at: Limits.readableDepth)) { try parseJSON(nested(1_000_000)) }
    }

    @Test(arguments: seeds(300)) func valuesComeBack(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let value = random.value(depth: 4)
        #expect(try parseJSON(written(value)) == value)
        var out = JSONWriter()
        let cbor = encoded(value)
        var reader = CBORReader(cbor.raw)
        try out.value(from: &reader)
        #expect(out.bytes == written(value))
    }

    @Test func doublesComeBack() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<20_000 {
            let double = random.double()
            var out = JSONWriter()
            out.double(double)
            #expect(try parseJSON(out.bytes) == Value.number(double))
        }
    }

    @Test func numbersAgreeWithTheStandardLibrary() throws {
        var random = SeededRandom(seed: 13)
        for _ in 0..<20_000 {
            let digits = (0..<(1 + random.below(25))).map { _ in String(random.below(10)) }.joined()
            let exponent = random.chance(500) ? "e\(random.below(80) - 40)" : ""
            let whole = String(1 + random.below(9)) + (random.chance(500) ? digits : "")
            let text = (random.chance(300) ? "-" : "") + whole + (random.chance(500) ? "." + digits : "") + exponent
            let theirs = try #require(Double(text))
            #expect(try parseJSON(text) == Value.number(theirs), "\(text)")
        }
    }

    @Test func aVeryLongNumberIsReadInGoodTime() throws {
        let digits = String(repeating: "7", count: 1_000_000)
        #expect(try parseJSON("0." + digits) == .double(0.7777777777777778))
        #expect(throws: JSONError(.numberBeyondDouble, at: 0)) { try parseJSON(digits) }
    }

    @Test func escapesWhatHasToBeEscaped() {
        let out = written(.text("\u{0}\u{1F}\"\\/\u{7F}\u{2028}\n plain text and \u{E9}\r"))
        #expect(out.raw.text == "\"\\u0000\\u001f\\\"\\\\/\u{7F}\u{2028}\\n plain text and \u{E9}\\r\"")
        #expect(written([1, -25, 9_007_199_254_740_992, .bytes([0xAB])]).raw.text == #"[1,-25,9007199254740992,"ab"]"#)
    }

    @Test func writerWritesBehindWhatIsThere() {
        var out = JSONWriter(bytes: Array("data: ".utf8))
        out.openObject()
        out.field("a")
        out.openArray()
        out.closeArray()
        out.key("b\"")
        out.null()
        out.closeObject()
        #expect(out.bytes.raw.text == "data: {\"a\":[],\"b\\\"\":null}")
    }

    @Test func pulls() throws {
        let text = Array(#" {"n": -2.5, "list": [1, [], {"x": "y"}, true], "s": "a\tb", "skipped": {"a": [1]}} "#.utf8)
        var reader = JSONReader(text.raw)
        var seen: [String] = []
        try reader.openObject()
        while let key = try reader.nextKey() {
            seen.append(key)
            switch key {
            case "n": seen.append("\(try reader.double())")
            case "s": seen.append(try reader.string())
            case "list":
                try reader.openArray()
                var count = 0
                while try reader.nextElement() {
                    count += 1
                    try reader.skip()
                }
                seen.append("\(count)")
            default: try reader.skip()
            }
        }
        try reader.finish()
        #expect(seen == ["n", "-2.5", "list", "4", "s", "a\tb", "skipped"])
    }

    @Test(
        arguments: [
            (#"{"a":1,"b":2,"a":3}"#, .duplicateKey), ("{\"a\":1", .truncated), ("{\"a\":1 \"b\":2}", .unexpectedByte),
            ("{\"a\":01}", .malformedNumber), ("[1]", .unexpected(found: .array, wanted: .object)),
        ] as [(String, JSONError.Reason)]
    )
    func pullingIsStrictToo(_ text: String, _ reason: JSONError.Reason) {
        let bytes = Array(text.utf8)
        let error = #expect(throws: JSONError.self) {
            var reader = JSONReader(bytes.raw)
            try reader.openObject()
            while try reader.nextKey() != nil { _ = try reader.integer() }
        }
        #expect(error?.reason == reason)
    }

    /// Any change of a byte is refused, or leaves something that is written and read alike.
    @Test(arguments: seeds(30)) func mutationsDoNotConfuse(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let bytes = written(random.value(depth: 3))
        for place in bytes.indices {
            var mutant = bytes
            mutant[place] ^= UInt8(1 + random.below(255))
            guard let value = try? parseJSON(mutant) else { continue }
            #expect(try parseJSON(written(value)) == value)
        }
    }
}
