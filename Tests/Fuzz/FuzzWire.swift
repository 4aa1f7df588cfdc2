import Basics

/// What libFuzzer calls: the first byte chooses a reader, the second how its input is cut, the rest is the input.
///
/// Compiled together with the wire's readers. A reader may refuse, but never crash; however its input is cut, it says
/// the same; and what it takes is what an independent, slower reader takes. See `run` beside this file.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count > 1 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let bytes = Array(input[2...])
    let cut = Int(input[1])
    switch input[0] % 4 {
    case 0: fuzzHead(bytes, cut)
    case 1: fuzzChunks(bytes, cut)
    case 2: fuzzFrames(bytes, cut)
    default: fuzzNumbers(bytes)
    }
    return 0
}

/// Where an input is cut: pieces of a few lengths, by turns.
private func pieces(_ bytes: [UInt8], _ cut: Int) -> [Int] {
    var (ends, end, step) = ([Int](), 0, 0)
    while end < bytes.count {
        end = min(bytes.count, end + 1 + (cut >> (step % 4 * 2) & 3) * (1 + step % 5))
        ends.append(end)
        step += 1
    }
    return ends
}

// MARK: Heads

private func fuzzHead(_ bytes: [UInt8], _ cut: Int) {
    var limits = NetLimits()
    limits.headBytes = 2048
    limits.headerFields = 8
    limits.targetBytes = 256
    var parser = RequestParser(limits: limits)
    var scan = HeadScan()
    let whole = parser.parse(bytes.raw, &scan)
    let fields = parser.fields
    if case .head(let head) = whole { check(head, fields, bytes, limits) }

    scan = HeadScan()
    for end in pieces(bytes, cut) {
        let outcome = parser.parse(bytes.raw.part(0..<end), &scan)
        if outcome == .incomplete { continue }
        // Which fault is found first may depend on the cut; that there is one may not.
        switch (whole, outcome) {
        case (.refused, .refused): return
        default: precondition(outcome == whole, "a head says the same however it comes")
        }
        precondition(parser.fields == fields, "so do its fields")
        return
    }
    precondition(whole == .incomplete || bytes.isEmpty, "what is whole at once is whole in the end")
}

private func check(_ head: RequestHead, _ fields: [RequestHead.Field], _ bytes: [UInt8], _ limits: NetLimits) {
    precondition(head.byteCount <= bytes.count && head.byteCount <= limits.headBytes, "a head is within its limits")
    precondition(fields.count <= limits.headerFields, "fields are counted")
    let text = bytes[..<head.byteCount]
    precondition(text.suffix(4).elementsEqual([13, 10, 13, 10]), "a head ends with an empty line")
    precondition(!text.dropLast(4).indices.dropLast(3).contains { text[$0...].starts(with: [13, 10, 13, 10]) }, "once")
    // An independent look: lines end with CR LF, and hold neither.
    var lines: [[UInt8]] = [[]]
    var index = 0
    while index < text.count - 2 {
        if text[index] == 13 {
            precondition(text[index + 1] == 10, "CR stands before LF only")
            lines.append([])
            index += 2
        } else {
            precondition(text[index] != 10 && text[index] != 0, "LF stands behind CR only")
            lines[lines.count - 1].append(text[index])
            index += 1
        }
    }
    let named = lines.dropFirst().filter { !$0.isEmpty }
    precondition(named.count == fields.count, "every line is a field")
    for (line, field) in zip(named, fields) {
        guard let colon = line.firstIndex(of: 0x3A) else { preconditionFailure("a field has a colon") }
        precondition(Array(text[field.name.range]) == Array(line[..<colon]), "its name is before it")
        precondition(!line[..<colon].contains(0x20) && !line[..<colon].contains(0x09), "names have no blanks")
    }
    func values(_ name: String) -> [[UInt8]] {
        fields.filter { String(decoding: text[$0.name.range], as: UTF8.self).lowercased() == name }
            .map { Array(text[$0.value.range]) }
    }
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"))
    precondition(lengths.count < 2 && codings.count < 2 && lengths.count + codings.count < 2, "one says how long it is")
    switch head.framing {
    case .none: precondition(codings.isEmpty && (lengths.first.map { $0.allSatisfy { $0 == 0x30 } } ?? true), "no body")
    case .length(let length): precondition(Int(String(decoding: lengths[0], as: UTF8.self)) == length, "that long")
    case .chunked: precondition(String(decoding: codings[0], as: UTF8.self).lowercased() == "chunked", "chunked")
    }
    if !head.traits.contains(.isOld) { precondition(values("host").count == 1, "one host") }
}

// MARK: Chunks

private func fuzzChunks(_ bytes: [UInt8], _ cut: Int) {
    var limits = NetLimits()
    limits.chunkLineBytes = 64
    limits.trailerBytes = 64
    let whole = decode(bytes, [bytes.count], limits)
    precondition(decode(bytes, pieces(bytes, cut), limits) == whole, "chunks say the same however they come")
    if case .body(let body, let end) = whole {
        guard let (model, modelEnd) = plainChunks(bytes) else { preconditionFailure("a plain reader takes it too") }
        precondition(model == body && modelEnd == end, "a plain reader sees the same body")
    }
}

private enum Decoded: Equatable { case body([UInt8], Int), refused, incomplete([UInt8]) }

private func decode(_ bytes: [UInt8], _ ends: [Int], _ limits: NetLimits) -> Decoded {
    var decoder = ChunkedDecoder(limits: limits)
    var (body, offset) = ([UInt8](), 0)
    for end in ends {
        let span = bytes.raw.part(0..<end)
        piece: while true {
            guard let step = try? decoder.step(span, at: &offset) else { return .refused }
            switch step {
            case .data(let range): body += bytes[range]
            case .incomplete: break piece
            case .end(let end): return .body(body, end)
            }
            precondition(decoder.announced >= 0, "what is announced is a size")
        }
    }
    return .incomplete(body)
}

/// The body and its end, read the slow way; extensions and trailers are not looked at.
private func plainChunks(_ bytes: [UInt8]) -> ([UInt8], Int)? {
    var (body, offset) = ([UInt8](), 0)
    func line() -> [UInt8]? {
        guard let end = bytes.indices.dropFirst(offset).first(where: { bytes[$0] == 10 }) else { return nil }
        defer { offset = end + 1 }
        return Array(bytes[offset..<end].dropLast())
    }
    while let head = line() {
        let digits = head.prefix { $0 != 0x3B }
        guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
        guard size > 0 else {
            while let trailer = line() { if trailer.isEmpty { return (body, offset) } }
            return nil
        }
        guard offset + size + 2 <= bytes.count else { return nil }
        body += bytes[offset..<offset + size]
        offset += size + 2
    }
    return nil
}

// MARK: Frames

private func fuzzFrames(_ bytes: [UInt8], _ cut: Int) {
    let whole = read(bytes, [bytes.count])
    precondition(read(bytes, pieces(bytes, cut)) == whole, "messages are the same however they come")
}

private struct Heard: Equatable {
    var steps: [MessageReader.Step] = []
    var contents: [[UInt8]] = []
    var fault = false
}

private func read(_ bytes: [UInt8], _ ends: [Int]) -> Heard {
    var reader = MessageReader(limit: 4096)
    var (heard, kept, start) = (Heard(), [UInt8](), 0)
    for end in ends {
        kept += bytes[start..<end]
        start = end
        var offset = 0
        while true {
            guard let step = try? reader.step(kept.raw, at: &offset) else {
                heard.fault = true
                return heard
            }
            precondition(offset <= kept.count && reader.partial.count <= 4096, "a message is within its limit")
            guard step != .incomplete else { break }
            heard.steps.append(step)
            heard.contents.append(reader.content)
            if step == .text {
                precondition(String(validating: reader.content, as: UTF8.self) != nil, "a text is UTF-8")
            }
            if case .close = step { return heard }
        }
        kept.removeFirst(offset)
        // What is asked for again is a frame's head, or a control frame: never more.
        precondition(kept.count < 14 + 126, "a reader keeps little back")
    }
    return heard
}

// MARK: Numbers

private func fuzzNumbers(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let isPlain = !bytes.isEmpty && bytes.allSatisfy { (0x30...0x39).contains($0) }
    if let number = bytes.raw.decimal {
        precondition(isPlain && Int(text) == number, "a number is what its digits say")
    } else if isPlain, let number = Int(text) {
        precondition(number > 999_999_999_999_999_999 || bytes.count > 18, "\(text) is a number")
    }
    switch ByteRange.read(bytes.raw, length: 1000) {
    case .part(let range): precondition(range.lowerBound >= 0 && range.upperBound <= 1000 && !range.isEmpty, "a part")
    case .whole, .unsatisfiable: break
    }
    _ = Negotiation.acceptsGzip(bytes.raw)
    var elements = 0
    bytes.raw.forEachElement { element in
        elements += 1
        precondition(element.byteCount <= bytes.count, "an element is a part")
        return .next
    }
    precondition(elements <= bytes.count + 1, "elements are separated")
}
