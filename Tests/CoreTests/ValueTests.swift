import Basics
import Testing

@Suite struct ValueTests {
    @Test func numbersAreCanonical() {
        #expect(Value.number(3.0) == .integer(3))
        #expect(Value.number(-0.0) == .integer(0))
        #expect(Value.number(0.5) == .double(0.5))
        #expect(Value.number(.nan) == nil)
        #expect(Value.number(-.infinity) == nil)
        #expect(Value.number(0x1p53) == .integer(1 << 53))
        #expect(Value.number(0x1p53 + 2) == .double(0x1p53 + 2))
        #expect(Value.number(Int64(1) << 60) == .double(0x1p60))
        #expect(Value.number(Int64.min) == .double(-0x1p63))
        #expect(Value.number((Int64(1) << 53) + 1) == nil)
    }

    @Test func textsCompareAsBytes() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        #expect(composed == decomposed, "a String says that they are the same")
        #expect(Value.text(composed) != .text(decomposed))
        let fields = try Fields([(composed, 1), (decomposed, 2)])
        #expect(fields.count == 2)
        #expect(fields[composed] == 1)
        #expect(fields[decomposed] == 2)
        #expect(Set([Value.text(composed), .text(decomposed), .text(composed)]).count == 2)
    }

    @Test func fieldsStandInCanonicalOrder() throws {
        var fields = try Fields([("bb", 1), ("a", 2), ("", 3), ("ab", 4), ("c", 5)])
        #expect(fields.map(\.key) == ["", "a", "c", "ab", "bb"])
        fields["b"] = 6
        fields["a"] = nil
        fields["nothing"] = nil
        fields["c"] = 7
        #expect(fields.map(\.key) == ["", "b", "c", "ab", "bb"])
        #expect(fields["c"] == 7)
        #expect(fields["a"] == nil)
        #expect(throws: Fields.Duplicate(key: "a")) { try Fields([("a", 1), ("b", 2), ("a", 3)]) }
        #expect(Value.map(fields) == ["": 3, "b": 6, "c": 7, "ab": 4, "bb": 1])
    }

    @Test func hexIsStrict() {
        #expect(Hex.text([0x00, 0xAB, 0xFF]) == "00abff")
        #expect(Hex.bytes("00abff") == [0x00, 0xAB, 0xFF])
        #expect(Hex.bytes("") == [])
        for bad in ["0", "0A", "0g", "0x", " 0", "é", "000"] { #expect(Hex.bytes(bad) == nil) }
    }

    @Test func digestsCompareByEveryByte() throws {
        let bytes = (0..<32).map { UInt8($0) }
        let hash = try #require(ContentHash(bytes))
        #expect(hash.bytes == bytes)
        #expect(hash.description == Hex.text(bytes))
        for place in 0..<32 {
            var other = bytes
            other[place] ^= 1
            #expect(ContentHash(other) != hash)
        }
        #expect(ContentHash(Array(bytes.dropLast())) == nil)
        #expect(ContentHash(bytes + [0]) == nil)
    }
}
