import Basics

/// The fields of one event as far as they were read, from the canonical form of what came in.
///
/// Every rule on single fields is here: what is wrong goes to `problems`, and reading goes on.
struct EventDraft {
    /// Whose words these are.
    enum Source {
        /// A client's: reserved names and fields that only Prima writes are refused.
        case client
        /// Our own, from a dump.
        case dump
    }

    /// How keys, signatures and salts are written.
    enum BinaryForm { case hexadecimal, bytes }

    let source: Source
    let form: BinaryForm

    var agent: AgentID?
    var type: EventType?
    var body: Body?
    var subject: SubjectID?
    var number: EventNumber?
    var key: IdempotencyKey?
    var at: Int64?
    var room: RoomID?
    var clock: VectorClock?
    var causes: [Position]?
    var publicKey: PublicKey?
    var signature: Signature?
    var salt: Salt?
    // What dumps say besides.
    var commit: ContentHash?
    var writer: Writer?
    var position: Position?
    var received: HybridTime?
    var hash: ContentHash?
    var leaf: ContentHash?
    var isForgotten = false
    var isDataNull = false
    /// A body that is no object at all has no fields to miss.
    var isObject = false
    /// The fields that were there, valid or not.
    var present = EventFieldSet()

    init(source: Source, form: BinaryForm) {
        self.source = source
        self.form = form
    }

    /// Reads the map that `assembler` holds.
    mutating func read(_ assembler: borrowing CBORAssembler, _ problems: inout FieldProblems) throws(CBORError) {
        var reader = CBORReader(assembler.writer.bytes.raw)
        guard try reader.kind() == .map else {
            problems.add(.wrongType, at: problems.base, "an event is an object")
            return
        }
        isObject = true
        for _ in 0..<(try reader.map()) {
            let name = try reader.uncheckedText()
            guard let field = EventField(utf8: reader[name]), source == .dump || field.isSent else {
                let text = reader[name].text
                problems.add(.unknownField, at: problems.base.appending(text), "events have no such field")
                try reader.pass()
                continue
            }
            present.insert(field)
            let start = reader.offset
            let before = problems.count
            try read(field, &reader, faults: assembler.faults, &problems)
            if problems.count != before {
                // Whatever was read of a bad value, the next name begins behind it.
                reader = CBORReader(assembler.writer.bytes.raw, at: start)
                try reader.pass()
            }
        }
    }

    private mutating func read(
        _ field: EventField,
        _ reader: inout CBORReader,
        faults: CBORAssembler.Faults,
        _ problems: inout FieldProblems
    ) throws(CBORError) {
        switch field {
        case .agent: agent = try reader.name(field, &problems)
        case .type: type = try reader.name(field, &problems)
        case .subject: subject = try reader.name(field, &problems)
        case .key: key = try reader.name(field, &problems)
        case .room: room = try reader.name(field, &problems)
        case .at: at = try reader.whole(field, &problems)
        case .number: number = try number(&reader, &problems)
        case .clock: clock = try reader.clock(&problems)
        case .causes: causes = try reader.causes(&problems)
        case .data: try readData(&reader, faults: faults, &problems)
        case .publicKey: publicKey = PublicKey(try binary(field, Limits.publicKeyBytes, &reader, &problems))
        case .signature: signature = Signature(try binary(field, Limits.signatureBytes, &reader, &problems))
        case .salt: salt = Salt(try binary(field, Limits.saltBytes, &reader, &problems))
        case .commit: commit = ContentHash(try binary(field, ContentHash.byteCount, &reader, &problems))
        case .hash: hash = ContentHash(try binary(field, ContentHash.byteCount, &reader, &problems))
        case .leaf: leaf = ContentHash(try binary(field, ContentHash.byteCount, &reader, &problems))
        case .writer, .position, .received, .forgotten: try readPlace(field, &reader, &problems)
        }
    }

    private func number(
        _ reader: inout CBORReader,
        _ problems: inout FieldProblems
    ) throws(CBORError) -> EventNumber? {
        guard let value = try reader.whole(.number, &problems) else { return nil }
        guard let number = EventNumber(value) else {
            problems.add(.outOfRange, at: .number, "numbers run from 1 to 2^53 - 1")
            return nil
        }
        return number
    }

    /// The fields that only the ledger knows, in dumps.
    private mutating func readPlace(
        _ field: EventField,
        _ reader: inout CBORReader,
        _ problems: inout FieldProblems
    ) throws(CBORError) {
        switch (field, try reader.kind()) {
        case (.writer, .text): writer = Writer(utf8: reader[try reader.uncheckedText()])
        case (.position, .integer): position = Position(checking: try reader.integer())
        case (.received, .array):
            if try reader.array() == 2, try reader.kind() == .integer {
                let milliseconds = try reader.integer()
                if try reader.kind() == .integer {
                    received = HybridTime(checking: milliseconds, counter: try reader.integer())
                }
            }
        case (.forgotten, .bool): isForgotten = try reader.bool()
        default: break
        }
        let isRead =
            switch field {
            case .writer: writer != nil
            case .position: position != nil
            case .received: received != nil
            default: isForgotten
            }
        if !isRead { problems.add(.outOfRange, at: field, "it is not what Prima writes here") }
    }

    private mutating func readData(
        _ reader: inout CBORReader,
        faults: CBORAssembler.Faults,
        _ problems: inout FieldProblems
    ) throws(CBORError) {
        let start = reader.offset
        let kind = try reader.kind()
        if source == .dump, kind == .null {
            isDataNull = true
            return try reader.null()
        }
        if !faults.isEmpty {
            var inspection = BodyInspection()
            try inspection.inspect(&reader, at: problems.base.appending(EventField.data.name), &problems)
            if inspection.foundFault { return }
            reader = CBORReader(reader.bytes, at: start)
        }
        guard kind == .map else {
            problems.add(.wrongType, at: .data, "the data of an event is an object")
            return
        }
        try reader.pass()
        let size = reader.offset - start
        guard size <= Limits.dataBytes else {
            problems.add(.tooLarge, at: .data, "as CBOR it takes \(size) bytes; \(Limits.dataBytes) is the most")
            return
        }
        body = Body(unchecked: reader[start..<reader.offset].copy)
    }

    /// As many bytes as the field has; empty when they are not there.
    private func binary(
        _ field: EventField,
        _ count: Int,
        _ reader: inout CBORReader,
        _ problems: inout FieldProblems
    ) throws(CBORError) -> [UInt8] {
        let bytes: [UInt8]
        switch (form, try reader.kind()) {
        case (.bytes, .bytes): bytes = reader[try reader.byteString()].copy
        case (.hexadecimal, .text):
            guard let read = Hex.bytes(reader[try reader.uncheckedText()]) else {
                problems.add(.badHex, at: field, "it is written in lower-case hexadecimal digits, two for each byte")
                return []
            }
            bytes = read
        case (.bytes, _):
            problems.add(.wrongType, at: field, "it is a byte string")
            return []
        case (.hexadecimal, _):
            problems.add(.wrongType, at: field, "it is a text of hexadecimal digits")
            return []
        }
        if bytes.count != count {
            problems.add(.wrongLength, at: field, "it has \(bytes.count) bytes; \(count) are needed")
            return []
        }
        return bytes
    }
}
