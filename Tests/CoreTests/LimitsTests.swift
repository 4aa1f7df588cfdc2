import Basics
import Model
import Testing

@Suite struct LimitsTests {
    @Test func doublesHoldEveryInteger() {
        #expect(Double(Limits.integer) + 1 == Double(Limits.integer))
        #expect(Double(Limits.integer - 1) + 1 == Double(Limits.integer))
        #expect(Limits.counter == Limits.integer - 1)
    }

    @Test func anyOneEventFitsInARequest() {
        // Hexadecimal and escapes make JSON up to six times as long as what it says.
        #expect(6 * Limits.dataBytes < Limits.requestBytes)
        let clock = Limits.clockEntries * (4 * Limits.identifierScalars + 12)
        #expect(clock < Limits.dataBytes, "a container of that size is read whole")
        #expect(Limits.causes * 9 < Limits.dataBytes)
    }

    @Test func whatIsKeptIsRead() {
        #expect(Limits.dataDepth + 1 <= Limits.documentDepth)
        #expect(Limits.documentDepth <= Limits.readableDepth)
        #expect(Limits.requestBytes < Int(UInt32.max), "the assembler counts in 32 bits")
    }

    @Test func positionsAreIntegers() {
        #expect(Position.limit <= Limits.integer)
        #expect(Limits.typeBytes <= Limits.identifierScalars)
        #expect(Limits.publicKeyBytes == ContentHash.byteCount)
    }
}
