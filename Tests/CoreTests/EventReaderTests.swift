import Basics
import Model
import TestSupport
import Testing

@Suite struct EventReaderTests {
    @Test func readsTheExampleOfTheContract() throws {
        let event = try #require(
            read(
                """
                {"agent": "a-1", "number": 7, "type": "TOUCH", "room": "64", "subject": "a-1", "at": 1781954400000,
                 "data": {"x": 3, "y": 4, "intensity": 0.5}, "clock": {"a-1": 7}, "causes": [41], "key": "order-7"}
                """
            ).first
        )
        #expect(event.agent.text == "a-1")
        #expect(event.number?.value == 7)
        #expect(event.type == .touch)
        #expect(event.room?.text == "64")
        #expect(event.subject?.text == "a-1")
        #expect(event.at == 1_781_954_400_000)
        #expect(event.body.value() == ["x": 3, "y": 4, "intensity": 0.5])
        #expect(event.clock?.entries.map(\.counter) == [7])
        #expect(event.causes == [Position(41)])
        #expect(event.key?.text == "order-7")
        #expect(event.salt == nil && event.publicKey == nil && event.signature == nil)
    }

    @Test func whatWasNotSentStaysAbsent() throws {
        let event = try #require(read(#"{"agent":"a","type":"T"}"#).first)
        #expect(event == Event(agent: try AgentID("a"), type: try EventType("T")))
        #expect(event.body == .empty)
        #expect(event.owner.text == "a")
        let sent = try #require(read(#"{"agent":"a","type":"T","clock":{},"causes":[],"data":{}}"#).first)
        #expect(sent.clock == VectorClock())
        #expect(sent.causes == [])
        #expect(sent != event)
    }

    @Test func integersMayBeWrittenAsAnyNumber() throws {
        let event = try #require(
            read(#"{"agent":"a","type":"T","number":7.0,"at":-1.5e3,"causes":[1e2],"clock":{"a":20e-1}}"#).first
        )
        #expect(event.number?.value == 7)
        #expect(event.at == -1500)
        #expect(event.causes == [Position(100)])
        #expect(event.clock?.entries.first?.counter == 2)
    }

    @Test func readsManyWays() throws {
        #expect(
            try read(#" [ {"agent":"a","type":"T"} , {"agent":"b","type":"T"} ] "#).map(\.agent.text) == ["a", "b"]
        )
        let lines = "\n{\"agent\":\"a\",\"type\":\"T\"}\r\n  \n{\"type\":\"T\",\"agent\":\"b\"}"
        #expect(try read(lines, .jsonLines).map(\.agent.text) == ["a", "b"])
        let map: Value = ["type": "T", "agent": "a", "at": 5, "data": ["x": 0.5]]
        #expect(try EventReader.read(encoded(map).raw, as: .cbor).map(\.at) == [5])
        #expect(try EventReader.read(encoded([map, map]).raw, as: .cbor).count == 2)
    }

    @Test(
        arguments: [
            (#"{"type":"T"}"#, ["/agent required"]), (#"{"agent":"a"}"#, ["/type required"]),
            ("{}", ["/agent required", "/type required"]), ("5", [" wrong_type"]), ("null", [" wrong_type"]),
            ("[[]]", ["/0 wrong_type"]), ("[]", [" too_few"]), (#"{"agent":"","type":"T"}"#, ["/agent empty"]),
            (#"{"agent":"a\u0085","type":"T"}"#, ["/agent control_character"]),
            (#"{"agent":5,"type":null}"#, ["/type wrong_type", "/agent wrong_type"]),
            (#"{"agent":"a","type":"T U"}"#, ["/type bad_character"]), (#"{"agent":"a","type":""}"#, ["/type empty"]),
            (#"{"agent":"prima","type":"T"}"#, ["/agent reserved"]),
            (#"{"agent":"a","type":"prima.forget"}"#, ["/type reserved"]),
            (#"{"agent":"a","type":"T","position":1}"#, ["/position unknown_field"]),
            (#"{"agent":"a","type":"T","a/b~c":{"x":[]},"":0}"#, ["/ unknown_field", "/a~1b~0c unknown_field"]),
            (#"{"q":1}"#, ["/q unknown_field", "/agent required", "/type required"]),
            (#"{"agent":"a","type":"T","number":0}"#, ["/number out_of_range"]),
            (#"{"agent":"a","type":"T","number":9007199254740992}"#, ["/number out_of_range"]),
            (#"{"agent":"a","type":"T","number":1.5,"at":0.5}"#, ["/at out_of_range", "/number out_of_range"]),
            (#"{"agent":"a","type":"T","at":1e17}"#, ["/at out_of_range"]),
            (#"{"agent":"a","type":"T","at":1e400}"#, ["/at out_of_range"]),
            (#"{"agent":"a","type":"T","at":"1"}"#, ["/at wrong_type"]),
            (#"{"agent":"a","type":"T","room":"","key":"\u0000"}"#, ["/key control_character", "/room empty"]),
            (#"{"agent":"a","type":"T","subject":null}"#, ["/subject wrong_type"]),
            (#"{"agent":"a","type":"T","data":null}"#, ["/data wrong_type"]),
            (#"{"agent":"a","type":"T","data":[]}"#, ["/data wrong_type"]),
            (#"{"agent":"a","type":"T","data":{"a":[1,{"b/":1e999}]}}"#, ["/data/a/1/b~1 out_of_range"]),
            (#"{"agent":"a","type":"T","clock":[1]}"#, ["/clock wrong_type"]),
            (
                #"{"agent":"a","type":"T","clock":{"a":0,"b":1,"\n":1,"c":"1"}}"#,
                ["/clock/\n control_character", "/clock/a out_of_range", "/clock/c out_of_range"]
            ),
            (#"{"agent":"a","type":"T","causes":{}}"#, ["/causes wrong_type"]),
            (
                #"{"agent":"a","type":"T","causes":[0,-1,1.5,"2",[3]]}"#,
                [
                    "/causes/1 out_of_range", "/causes/2 out_of_range", "/causes/3 out_of_range",
                    "/causes/4 out_of_range",
                ]
            ),
            (#"{"agent":"a","type":"T","salt":"00"}"#, ["/salt wrong_length"]),
            (#"{"agent":"a","type":"T","salt":"0G"}"#, ["/salt bad_hex"]),
            (#"{"agent":"a","type":"T","salt":5}"#, ["/salt wrong_type"]),
            (#"{"agent":"a","type":"T","salt":"000102030405060708090A0B0C0D0E0F"}"#, ["/salt bad_hex"]),
        ] as [(String, [String])]
    )
    func namesEveryBadField(_ text: String, _ expected: [String]) {
        #expect(problems(text) == expected)
    }

    @Test func aSignatureNeedsItsKeyAndItsSalt() throws {
        let salt = #""salt":"\#(String(repeating: "0a", count: 16))""#
        let key = #""publicKey":"\#(String(repeating: "0b", count: 32))""#
        let signature = #""signature":"\#(String(repeating: "0c", count: 64))""#
        func event(_ fields: String...) -> String {
            "{" + (["\"agent\":\"a\",\"type\":\"T\""] + fields).joined(separator: ",") + "}"
        }
        let whole = try #require(read(event(salt, key, signature)).first)
        #expect(whole.signature?.bytes == [UInt8](repeating: 0x0C, count: 64))
        #expect(whole.publicKey?.bytes == [UInt8](repeating: 0x0B, count: 32))
        #expect(whole.salt?.bytes == [UInt8](repeating: 0x0A, count: 16))
        #expect(try read(event(salt)).count == 1)
        #expect(problems(event(signature)) == ["/publicKey required", "/salt required"])
        #expect(problems(event(signature, key)) == ["/salt required"])
        #expect(problems(event(signature, salt)) == ["/publicKey required"])
        #expect(problems(event(key, salt)) == ["/signature required"])
    }

    @Test func sizesAreBounded() throws {
        func event(_ field: String) -> String { #"{"agent":"a","type":"T",\#(field)}"# }
        func text(_ count: Int) -> String { String(repeating: "x", count: count) }
        // {"a": text}: one byte for the map, two for the key, three or five for the text's head.
        #expect(try read(event(#""data":{"a":"\#(text(65530))"}"#)).first?.body.encoded.count == 65536)
        #expect(problems(event(#""data":{"a":"\#(text(65531))"}"#)) == ["/data too_large"])
        #expect(problems(event(#""data":{"a":"\#(text(300_000))"}"#)) == ["/data too_large"])
        #expect(problems(event(#""data":{"a":{"b":"\#(text(300_000))"}}"#)) == ["/data/a too_large"])
        let keys = (0..<20_000).map { "\"k\($0)\":1" }.joined(separator: ",")
        #expect(problems(event("\"data\":{\(keys)}")) == ["/data too_large"])
        #expect(problems(event("\"clock\":{\(keys)}")) == ["/clock too_many"])
        let clock = (0..<65).map { "\"a\($0)\":1" }
        #expect(try read(event("\"clock\":{\(clock.dropLast().joined(separator: ","))}")).first?.clock?.count == 64)
        #expect(problems(event("\"clock\":{\(clock.joined(separator: ","))}")) == ["/clock too_many"])
        let causes = (0..<65).map(String.init)
        #expect(try read(event("\"causes\":[\(causes.dropLast().joined(separator: ","))]")).first?.causes?.count == 64)
        #expect(problems(event("\"causes\":[\(causes.joined(separator: ","))]")) == ["/causes too_many"])
        #expect(problems(#"{"agent":"\#(text(70_000))","type":"T"}"#) == ["/agent too_long"])
        #expect(
            problems(#"{"agent":"a","type":"\#(text(51))","room":"\#(text(129))"}"#) == [
                "/room too_long", "/type too_long",
            ]
        )
        #expect(try read(event("\"data\":\(nested(64))")).first?.body.value() != nil)
        #expect(problems(event("\"data\":\(nested(65))")).map { $0.suffix(8) } == ["too_deep"])
        #expect(problems(event("\"data\":\(nested(700))")).map { $0.suffix(8) } == ["too_deep"])
    }

    private func nested(_ levels: Int) -> String {
        String(repeating: "{\"a\":", count: levels) + "1" + String(repeating: "}", count: levels)
    }

    /// What cannot be read comes first, wherever it stands; then the size of the request; then the fields.
    @Test func checksRunInOrder() throws {
        #expect(kind(#"[{"type":5},{"agent":"a","agent":"a"}]"#) == .unreadable)
        #expect(kind(#"{"agent":"a","type":"T","x":{"y":1,"y":1}}"#) == .unreadable)
        #expect(kind(#"{"agent":"a","type":"T","at":{"y":"\ud800"}}"#) == .unreadable)
        #expect(kind(#"{"agent":"a","type":"T"} {}"#) == .unreadable)
        #expect(kind("") == .unreadable)
        #expect(kind("", .jsonLines) == .invalid)
        #expect(kind("{}\n{", .jsonLines) == .unreadable)
        #expect(kind("{} {}", .jsonLines) == .unreadable)
        #expect(kind("", .cbor) == .unreadable)
        let many = Array(repeating: "{}", count: 10_001).joined(separator: ",")
        #expect(kind("[" + many + "]") == .tooLarge)
        #expect(kind("[" + many + ",]") == .unreadable)
        #expect(kind("[" + many.dropLast(3) + "]") == .invalid)
        #expect(kind(String(repeating: " ", count: Limits.requestBytes + 1)) == .tooLarge)
    }

    @Test func saysWhereAndHowManyAtMost() throws {
        let lines = "{\"agent\":\"a\",\"type\":\"T\"}\n\n{\"agent\":\"a\",\"type\":\"T\",\"at\":\"\"}\n{\"x\"}"
        let refusal = #expect(throws: EventRefusal.self) { try read(lines, .jsonLines) }
        #expect(refusal?.problems.map(\.path) == ["/3"])
        #expect(refusal?.problems.first?.message.contains("byte") == true)
        #expect(problems(String(lines.dropLast(6)), .jsonLines) == ["/2/at wrong_type"])
        let bad = "[" + Array(repeating: #"{"agent":1,"type":2,"at":""}"#, count: 60).joined(separator: ",") + "]"
        let found = problems(bad)
        #expect(found.count == 100)
        #expect(found.last == "/33/at wrong_type")
        #expect(kind(bad.dropLast() + ",{]") == .unreadable)
    }

    @Test(
        arguments: [
            ("a2656167656e7461616474797065615400", .unreadable), ("a165616765 6e74c16161", .unreadable),
            ("bf656167656e7461616474797065 6154ff", .unreadable),
            ("a2 656167656e74 6161 656167656e74 6161", .unreadable),
            ("a3 656167656e74 6161 6474797065 6154 01 02", .unreadable), ("f7", .invalid), ("f6", .invalid),
            ("80", .invalid),
        ] as [(String, EventRefusal.Kind)]
    )
    func cborIsStrict(_ hex: String, _ kind: EventRefusal.Kind) throws {
        let bytes = try #require(Hex.bytes(hex.filter { $0 != " " }))
        let refusal = #expect(throws: EventRefusal.self) { try EventReader.read(bytes.raw, as: .cbor) }
        #expect(refusal?.kind == kind)
    }

    @Test(
        arguments: [
            ("1b0020000000000001", ["/data/x out_of_range"]), ("3bfffffffffffffffe", ["/data/x out_of_range"]),
            ("4100", ["/data/x not_json"]), ("f7", ["/data/x not_json"]), ("f820", ["/data/x not_json"]),
            ("e1", ["/data/x not_json"]), ("f97e00", ["/data/x not_json"]), ("f97c00", ["/data/x not_json"]),
            ("820040", ["/data/x/1 not_json"]), ("1b0020000000000000", nil), ("1b1000000000000000", nil),
            ("f93c00", nil),
            ("fb3ff0000000000000", nil), ("1800", nil),
        ] as [(String, [String]?)]
    )
    func cborDataHoldsWhatJSONCanSay(_ hex: String, _ expected: [String]?) throws {
        let value = try #require(Hex.bytes(hex))
        let bytes = try #require(Hex.bytes("a3656167656e74616164747970656154" + "6464617461a16178")) + value
        if let expected {
            let refusal = #expect(throws: EventRefusal.self) { try EventReader.read(bytes.raw, as: .cbor) }
            #expect(refusal?.problems.map { "\($0.path) \($0.code.rawValue)" } == expected)
        } else {
            let event = try #require(try EventReader.read(bytes.raw, as: .cbor).first)
            _ = try Body(canonical: event.body.encoded)
        }
    }

    @Test func keysAreBytesInCBORAndDigitsInJSON() throws {
        var map: Fields = try Fields([("agent", "a"), ("type", "T")])
        map["salt"] = .bytes([UInt8](repeating: 1, count: 16))
        #expect(try EventReader.read(encoded(.map(map)).raw, as: .cbor).first?.salt != nil)
        map["salt"] = .text(String(repeating: "01", count: 16))
        let refusal = #expect(throws: EventRefusal.self) { try EventReader.read(encoded(.map(map)).raw, as: .cbor) }
        #expect(refusal?.problems.map(\.path) == ["/salt"])
    }

    @Test func readsTheArrayOfAFrame() throws {
        let frame = Array(#"{"id":1,"append":[{"agent":"a","type":"T"}],"more":true}"#.utf8)
        var reader = JSONReader(frame.raw)
        var events: [Event] = []
        try reader.openObject()
        while let key = try reader.nextKey() {
            if key == "append" { events = try EventReader.read(arrayIn: &reader) } else { try reader.skip() }
        }
        try reader.finish()
        #expect(events.map(\.agent.text) == ["a"])
        let bad = Array(#"[{"agent":"a"}]"#.utf8)
        let refusal = #expect(throws: EventRefusal.self) {
            var reader = JSONReader(bad.raw)
            _ = try EventReader.read(arrayIn: &reader)
        }
        #expect(refusal?.problems.map(\.path) == ["/0/type"])
    }

    private func read(_ text: String, _ format: EventReader.Format = .json) throws(EventRefusal) -> [Event] {
        let bytes = Array(text.utf8)
        return try EventReader.read(bytes.raw, as: format)
    }

    private func problems(_ text: String, _ format: EventReader.Format = .json) -> [String] {
        do throws(EventRefusal) {
            _ = try read(text, format)
            return []
        } catch {
            return error.kind == .invalid ? error.problems.map { "\($0.path) \($0.code.rawValue)" } : ["\(error.kind)"]
        }
    }

    private func kind(_ text: some StringProtocol, _ format: EventReader.Format = .json) -> EventRefusal.Kind? {
        do throws(EventRefusal) {
            _ = try read(String(text), format)
            return nil
        } catch {
            return error.kind
        }
    }
}
