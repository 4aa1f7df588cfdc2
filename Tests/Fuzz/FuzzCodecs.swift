import Basics
import Model

/// What libFuzzer calls: the first byte chooses a reader, the rest is its input.
///
/// A reader may refuse, but never crash; and what it takes has to come back unchanged. See `run` beside this file.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count > 0 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let bytes = Array(input.dropFirst())
    switch input[0] % 8 {
    case 0: fuzzJSON(bytes)
    case 1: fuzzCanonicalCBOR(bytes)
    case 2: fuzzLenientCBOR(bytes)
    case 3: fuzzHead(bytes)
    case 4: fuzzEvents(bytes, .json)
    case 5: fuzzEvents(bytes, .jsonLines)
    case 6: fuzzEvents(bytes, .cbor)
    default: fuzzDumpLine(bytes)
    }
    return 0
}

private func fuzzJSON(_ bytes: [UInt8]) {
    guard let value = value(ofJSON: bytes) else { return }
    var out = JSONWriter()
    out.value(value)
    precondition(Fuzz.value(ofJSON: out.bytes) == value, "what is written reads as the same")
}

private func value(ofJSON bytes: [UInt8]) -> Value? {
    var reader = JSONReader(bytes.raw)
    guard let value = try? reader.value(), (try? reader.finish()) != nil else { return nil }
    return value
}

private func fuzzCanonicalCBOR(_ bytes: [UInt8]) {
    var reader = CBORReader(bytes.raw)
    guard let value = try? reader.value(), (try? reader.finish()) != nil else { return }
    var out = CBORWriter()
    out.value(value)
    precondition(out.bytes == bytes, "canonical bytes have one form")
    var skipper = CBORReader(bytes.raw)
    precondition((try? skipper.skip()) != nil && skipper.isAtEnd, "what is read can be passed over")
    _ = try? Body(canonical: bytes)
}

private func fuzzLenientCBOR(_ bytes: [UInt8]) {
    var assembler = CBORAssembler()
    var reader = CBORReader(bytes.raw, mode: .lenient)
    guard (try? reader.assemble(into: &assembler)) != nil else { return }
    guard assembler.faults.isDisjoint(with: [.foreign, .tooDeep, .tooLarge]) else { return }
    fuzzCanonicalCBOR(assembler.writer.bytes)
    var canonical = CBORReader(assembler.writer.bytes.raw)
    precondition((try? canonical.value()) != nil, "the assembler writes canonical CBOR")
}

private func fuzzHead(_ bytes: [UInt8]) {
    guard let head = try? EventHead(canonical: bytes.raw) else { return }
    precondition(head.canonical == bytes, "canonical bytes have one form")
    guard let look = try? CanonicalFields(bytes.raw) else { preconditionFailure("what the head takes, the look takes") }
    precondition(look.position == head.position && look.number == head.number?.value, "both read the same")
}

private func fuzzEvents(_ bytes: [UInt8], _ format: EventReader.Format) {
    guard let events = try? EventReader.read(bytes.raw, as: format) else { return }
    guard let commit = ContentHash([UInt8](repeating: 1, count: 32)),
        let salt = Salt([UInt8](repeating: 2, count: 16))
    else { return }
    for event in events {
        precondition((try? Body(canonical: event.body.encoded)) == event.body, "bodies are canonical")
        let prepared = PreparedEvent(event, salt: salt, commit: commit)
        var canonical: [UInt8] = []
        prepared.encode(position: Position(3), received: .zero, writer: .open, into: &canonical)
        guard let head = try? EventHead(canonical: canonical.raw) else {
            preconditionFailure("canonical bytes are read back")
        }
        precondition(head.event(body: event.body, salt: event.salt) == event, "canonical bytes say the same")
        let stored = StoredEvent(
            head: head,
            canonical: canonical,
            hash: commit,
            content: .open(event.salt ?? salt, event.body)
        )
        var shown: [UInt8] = []
        stored.writeJSON(into: &shown)
        guard case .event(let dumped)? = try? DumpLine(json: shown.raw) else {
            preconditionFailure("what is shown is read back")
        }
        precondition(dumped.head == head && dumped.content == stored.content, "what is shown says the same")
    }
}

private func fuzzDumpLine(_ bytes: [UInt8]) {
    guard case .event(let dumped)? = try? DumpLine(json: bytes.raw) else { return }
    let canonical = dumped.head.canonical
    precondition((try? EventHead(canonical: canonical.raw)) == dumped.head, "heads come back")
}
