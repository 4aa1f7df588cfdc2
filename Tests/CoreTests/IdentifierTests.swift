import Basics
import Model
import Testing

@Suite struct IdentifierTests {
    @Test(arguments: ["a", "device-7", " ", "caf\u{E9}", "\u{1F300}", "a/b~c\"\\", "\u{A0}", "\u{FFFF}", "\u{AD}"])
    func takes(_ text: String) throws {
        #expect(try AgentID(text).text == text)
        #expect(AgentID(utf8: Array(text.utf8).raw)?.text == text)
    }

    @Test(
        arguments: [
            ("", .empty),
            (String(repeating: "x", count: 129), .tooLong(scalarCount: 129, maximum: 128)),
            (String(repeating: "e\u{301}", count: 65), .tooLong(scalarCount: 130, maximum: 128)),
        ] as [(String, IdentifierInvalid)]
    )
    func refuses(_ text: String, _ reason: IdentifierInvalid) {
        #expect(throws: reason) { try AgentID(text) }
        #expect(throws: reason) { try SubjectID(text) }
        #expect(throws: reason) { try RoomID(text) }
        #expect(throws: reason) { try IdempotencyKey(text) }
        #expect(AgentID(utf8: Array(text.utf8).raw) == nil)
    }

    @Test func refusesEveryControlCharacter() {
        for value in UInt32(0)..<0x100 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isControl = scalar.properties.generalCategory == .control
            for text in ["\(scalar)", "a\(scalar)b"] {
                if isControl {
                    #expect(throws: IdentifierInvalid.containsControlCharacter) { try AgentID(text) }
                } else {
                    #expect(throws: Never.self) { try AgentID(text) }
                }
            }
        }
    }

    @Test func countsScalars() throws {
        _ = try AgentID(String(repeating: "\u{1F300}", count: 128))
        _ = try AgentID(String(repeating: "e\u{301}", count: 64))
    }

    @Test func isNeverNormalised() throws {
        let composed = try AgentID("caf\u{E9}")
        let decomposed = try AgentID("cafe\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(decomposed < composed)
        #expect(!(composed < composed))
    }

    @Test func refusesWhatIsNotUTF8() {
        #expect(AgentID(utf8: ([0x61, 0xFF] as [UInt8]).raw) == nil)
        #expect(AgentID(utf8: ([0xED, 0xA0, 0x80] as [UInt8]).raw) == nil)
    }

    @Test func typesAreOfFewLetters() throws {
        #expect(EventType.field.map(\.text) == ["TOUCH", "BREATH", "SPIRAL", "BLOOM", "SACRED_PHRASE", "OFFLINE_SYNC"])
        for type in EventType.field { #expect(try EventType(type.text) == type) }
        _ = try EventType("aZ09_.:-")
        _ = try EventType(String(repeating: "t", count: 50))
        #expect(throws: IdentifierInvalid.tooLong(scalarCount: 51, maximum: 50)) {
            try EventType(String(repeating: "t", count: 51))
        }
        #expect(throws: IdentifierInvalid.empty) { try EventType("") }
        let allowed = "A-Z a-z 0-9 _ . : -"
        for bad in [" ", "a b", "a/b", "\u{E9}", "a\n", "\u{1F300}"] {
            let character = try #require(bad.unicodeScalars.first { !"ab".unicodeScalars.contains($0) })
            #expect(throws: IdentifierInvalid.containsOther(character: character, allowed: allowed)) {
                try EventType(bad)
            }
        }
    }

    @Test func devicesAreOfFewLettersAndNotShort() throws {
        for text in ["0123456789", "ios_1781954400000_x-Z", String(repeating: "d", count: 128)] {
            #expect(try DeviceID(text).text == text)
        }
        let allowed = "A-Z a-z 0-9 _ -"
        #expect(throws: IdentifierInvalid.tooShort(scalarCount: 9, minimum: 10)) { try DeviceID("012345678") }
        #expect(throws: IdentifierInvalid.containsOther(character: ".", allowed: allowed)) {
            try DeviceID("device.0123456")
        }
        #expect(throws: IdentifierInvalid.containsOther(character: "\u{E9}", allowed: allowed)) {
            try DeviceID("d\u{E9}vice-0123")
        }
    }

    @Test func someNamesAreReserved() throws {
        #expect(try EventType("prima.forget").isReserved)
        #expect(try EventType("prima.").isReserved)
        #expect(try !EventType("prima").isReserved)
        #expect(try !EventType("primal.x").isReserved)
        #expect(try !EventType("Prima.x").isReserved)
        #expect(try AgentID("prima").isReserved)
        #expect(try !AgentID("prima ").isReserved)
    }

    @Test func fieldsAreFoundByName() {
        for field in EventField.allCases { #expect(EventField(utf8: Array(field.name.utf8).raw) == field) }
        for other in ["", "a", "At", "agents", "agen", "agent\u{0}", "\u{0}at", "publickey", "publicKeys", "signaturE"]
        {
            #expect(EventField(utf8: Array(other.utf8).raw) == nil)
        }
        let sorted = EventField.allCases.filter(\.isCanonical).map(\.name).sorted { Fields.order($0, $1) < 0 }
        #expect(EventField.allCases.filter(\.isCanonical).map(\.name) == sorted)
        for writer in Writer.allCases { #expect(Writer(utf8: Array(writer.text.utf8).raw) == writer) }
        for other in ["", "Open", "opens", "sign", "signed\u{0}", "open\u{0}"] {
            #expect(Writer(utf8: Array(other.utf8).raw) == nil)
        }
    }

    @Test func numbersAndPositionsHaveRanges() {
        #expect(EventNumber(0) == nil)
        #expect(EventNumber(1)?.value == 1)
        #expect(EventNumber((1 << 53) - 1) != nil)
        #expect(EventNumber(1 << 53) == nil)
        #expect(Position(checking: -1) == nil)
        #expect(Position(checking: Position.limit - 1) != nil)
        #expect(Position(checking: Position.limit) == nil)
    }

    @Test func intensitiesAndCells() {
        #expect(Intensity(0)?.value == 0)
        #expect(Intensity(1) == .full)
        #expect(Intensity(-0.0)?.value.sign == .plus)
        for bad in [-0.1, 1.1, .nan, .infinity] { #expect(Intensity(bad) == nil) }
        #expect(Intensity(clamping: 7) == .full)
        #expect(Intensity(clamping: .nan) == .zero)
        #expect(Intensity(clamping: 0.125).rounded.value == 0.13)
        #expect(Cell(x: 29, y: 0)?.index == 29)
        #expect(Cell(x: 0, y: 29)?.index == 870)
        #expect(Cell(x: 30, y: 0) == nil)
        #expect(Cell(x: 0, y: -1) == nil)
        #expect(Cell(x: 29.99, y: 0.5) == Cell(x: 29, y: 0))
        for bad in [-0.001, 30, .nan, .infinity] { #expect(Cell(x: bad, y: 1.0) == nil) }
        #expect(Cell(pixelX: 299.9, pixelY: 12) == Cell(x: 29, y: 1))
        #expect(Cell(pixelX: -5, pixelY: 1e300) == Cell(x: 0, y: 29))
        #expect(Cell(pixelX: .nan, pixelY: 0) == nil)
    }
}
