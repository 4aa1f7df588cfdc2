internal import Basics

/// Takes a chunked body apart (RFC 9112 §7.1), however its bytes are cut; it keeps none of them.
///
/// Strict: sizes are plain hexadecimal without blanks, lines end with CR LF, extensions and trailers are read over but
/// bounded. The bytes of the body are told as ranges of what was fed.
struct ChunkedDecoder: Sendable, Equatable {
    private enum State: Equatable {
        case size, parameters, sizeEnd
        case data, dataReturn, dataEnd
        case line, name, value, lineEnd, lastEnd
        case done
    }

    enum Step: Equatable {
        /// Bytes of the body; there may be more behind them.
        case data(Range<Int>)
        /// All that was fed is used up.
        case incomplete
        /// The body ended before this offset.
        case end(Int)
    }

    private let lineLimit: Int
    private let trailerLimit: Int
    private var state = State.size
    private var digits = 0
    private var remaining = 0
    /// Bytes of the present size line, or of the trailers.
    private var length = 0

    init(limits: NetLimits) {
        lineLimit = limits.chunkLineBytes
        trailerLimit = limits.trailerBytes
    }

    /// What the present chunk has announced, and is not here.
    var announced: Int { state == .data ? remaining : 0 }

    /// Goes on at `offset`, which moves to where the next call begins.
    mutating func step(_ bytes: RawSpan, at offset: inout Int) throws(HTTPRefusal) -> Step {
        while offset < bytes.byteCount {
            if state == .data {
                let end = min(offset + remaining, bytes.byteCount)
                let range = offset..<end
                remaining -= range.count
                offset = end
                if remaining == 0 { state = .dataReturn }
                return .data(range)
            }
            let byte = bytes.byte(at: offset)
            offset += 1
            switch state {
            case .size, .parameters, .sizeEnd: try readSize(byte)
            case .dataReturn: try expect(byte, 0x0D, then: .dataEnd)
            case .dataEnd:
                try expect(byte, 0x0A, then: .size)
                (digits, remaining, length) = (0, 0, 0)
            default: try readTrailer(byte)
            }
            if state == .done { return .end(offset) }
        }
        return .incomplete
    }

    private mutating func readSize(_ byte: UInt8) throws(HTTPRefusal) {
        length += 1
        guard length <= lineLimit else { throw .badChunk }
        switch state {
        case .size:
            if let digit = ASCII.hexadecimal(byte) {
                digits += 1
                // Fifteen digits: no size overflows, and none that is longer is meant seriously.
                guard digits <= 15 else { throw .badChunk }
                remaining = remaining << 4 | digit
            } else if byte == UInt8(ascii: ";"), digits > 0 {
                state = .parameters
            } else {
                guard digits > 0 else { throw .badChunk }
                try expect(byte, 0x0D, then: .sizeEnd)
            }
        case .parameters:
            if byte == 0x0D {
                state = .sizeEnd
            } else if byte < 0x20 && byte != 0x09 || byte == 0x7F {
                throw .badChunk
            }
        default:
            try expect(byte, 0x0A, then: remaining == 0 ? .line : .data)
            length = 0
        }
    }

    private mutating func readTrailer(_ byte: UInt8) throws(HTTPRefusal) {
        length += 1
        guard length <= trailerLimit else { throw .badChunk }
        switch state {
        case .line where byte == 0x0D: state = .lastEnd
        case .line:
            guard ASCII.isToken(byte) else { throw .badChunk }
            state = .name
        case .name where byte == UInt8(ascii: ":"): state = .value
        case .name: guard ASCII.isToken(byte) else { throw .badChunk }
        case .value where byte == 0x0D: state = .lineEnd
        case .value: if byte < 0x20 && byte != 0x09 || byte == 0x7F { throw .badChunk }
        case .lineEnd: try expect(byte, 0x0A, then: .line)
        default: try expect(byte, 0x0A, then: .done)
        }
    }

    private mutating func expect(_ byte: UInt8, _ wanted: UInt8, then next: State) throws(HTTPRefusal) {
        guard byte == wanted else { throw .badChunk }
        state = next
    }
}

/// Takes a request's body out of what arrives, by whichever framing its head announced.
enum BodyDecoder: Sendable, Equatable {
    case length(Int)
    case chunked(ChunkedDecoder)

    /// What is certain to come.
    var announced: Int {
        switch self {
        case .length(let remaining): remaining
        case .chunked(let decoder): decoder.announced
        }
    }

    /// Goes on at `offset`, which moves to where the next call begins.
    mutating func step(_ bytes: RawSpan, at offset: inout Int) throws(HTTPRefusal) -> ChunkedDecoder.Step {
        switch self {
        case .length(let remaining):
            guard remaining > 0 else { return .end(offset) }
            guard offset < bytes.byteCount else { return .incomplete }
            let range = offset..<min(bytes.byteCount, offset + remaining)
            offset = range.upperBound
            self = .length(remaining - range.count)
            return .data(range)
        case .chunked(var decoder):
            defer { self = .chunked(decoder) }
            return try decoder.step(bytes, at: &offset)
        }
    }
}
