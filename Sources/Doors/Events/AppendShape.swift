internal import Basics
internal import Model

/// Where the events of a request stand in its body: what pointers in refusals are made of.
enum AppendShape: Sendable {
    /// The body is the event.
    case single
    case array
    /// Lines, of which some are empty: the number of each event's own.
    case lines([Int])

    init(_ body: RawSpan, _ format: EventReader.Format, count: Int) {
        switch format {
        case .json: self = Self.first(body) == UInt8(ascii: "[") ? .array : .single
        case .cbor: self = body.byteCount > 0 && body.byte(at: 0) >> 5 == 4 ? .array : .single
        case .jsonLines: self = .lines(Self.lines(of: body))
        }
    }

    /// The pointer to an event's field.
    func pointer(_ index: Int, _ field: String) -> String {
        switch self {
        case .single: "/\(field)"
        case .array: "/\(index)/\(field)"
        case .lines(let lines): "/\(index < lines.count ? lines[index] : index)/\(field)"
        }
    }

    private static func first(_ body: RawSpan) -> UInt8 {
        for offset in 0..<body.byteCount where !isBlank(body.byte(at: offset)) { return body.byte(at: offset) }
        return 0
    }

    private static func lines(of body: RawSpan) -> [Int] {
        var (lines, line, hasEvent) = ([Int](), 0, false)
        for offset in 0..<body.byteCount {
            let byte = body.byte(at: offset)
            if byte == UInt8(ascii: "\n") {
                if hasEvent { lines.append(line) }
                line += 1
                hasEvent = false
            } else if !isBlank(byte) {
                hasEvent = true
            }
        }
        if hasEvent { lines.append(line) }
        return lines
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}
