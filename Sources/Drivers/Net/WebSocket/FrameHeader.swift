internal import Basics

/// Why a WebSocket must be closed: what the client sent breaks the protocol.
enum WebSocketFault: Error, Equatable {
    case protocolError
    case invalidText
    case tooLarge

    var code: CloseCode {
        switch self {
        case .protocolError: .protocolError
        case .invalidText: .invalidText
        case .tooLarge: .tooLarge
        }
    }
}

/// The head of a client's frame (RFC 6455 §5.2).
struct FrameHeader: Sendable, Equatable {
    let kind: WebSocketFrame.Kind
    let isFinal: Bool
    /// The masking key, its first byte lowest.
    let mask: UInt32
    let length: Int
    /// How many bytes the head has.
    let byteCount: Int

    /// The head at `offset`; nil when not all of it is there.
    ///
    /// What can be judged by the first two bytes is.
    static func read(_ bytes: RawSpan, at offset: Int) throws(WebSocketFault) -> FrameHeader? {
        guard bytes.byteCount - offset >= 2 else { return nil }
        let (first, second) = (bytes.byte(at: offset), bytes.byte(at: offset + 1))
        // No extension was agreed on that could use the reserved bits; a client masks.
        guard first & 0x70 == 0, second & 0x80 != 0, let kind = WebSocketFrame.Kind(rawValue: first & 0x0F) else {
            throw .protocolError
        }
        let isFinal = first & 0x80 != 0
        let short = Int(second & 0x7F)
        if kind.isControl, !isFinal || short > 125 { throw .protocolError }
        let extra = short == 126 ? 2 : short == 127 ? 8 : 0
        guard bytes.byteCount - offset >= 6 + extra else { return nil }
        var length = short
        if extra == 2 {
            length = Int(bytes.bigEndian(at: offset + 2, as: UInt16.self))
            guard length > 125 else { throw .protocolError }
        } else if extra == 8 {
            let long = bytes.bigEndian(at: offset + 2, as: UInt64.self)
            guard long > 0xFFFF, long <= UInt64(Int.max) else { throw .protocolError }
            length = Int(long)
        }
        let mask = bytes.bigEndian(at: offset + 2 + extra, as: UInt32.self).byteSwapped
        return FrameHeader(kind: kind, isFinal: isFinal, mask: mask, length: length, byteCount: 6 + extra)
    }

    /// Appends `masked` to `out` as it reads without its mask; `phase` is its offset in the frame.
    static func unmask(_ masked: RawSpan, _ mask: UInt32, phase: Int, into out: inout [UInt8]) {
        let shift = UInt32(phase & 3) * 8
        let key = mask >> shift | (shift == 0 ? 0 : mask << (32 - shift))
        let wide = UInt64(key) << 32 | UInt64(key)
        var offset = 0
        let start = out.count
        out.append(masked)
        // Sound: the array has just grown by as many bytes as are rewritten.
        unsafe out.withUnsafeMutableBytes { buffer in
            let count = masked.byteCount
            while offset &+ 8 <= count {
                let word = masked.word(at: offset) ^ wide
                unsafe buffer.storeBytes(of: word.littleEndian, toByteOffset: start &+ offset, as: UInt64.self)
                offset &+= 8
            }
            while offset < count {
                let byte = masked.byte(at: offset) ^ UInt8(truncatingIfNeeded: key >> UInt32((offset & 3) * 8))
                unsafe buffer.storeBytes(of: byte, toByteOffset: start &+ offset, as: UInt8.self)
                offset &+= 1
            }
        }
    }
}
