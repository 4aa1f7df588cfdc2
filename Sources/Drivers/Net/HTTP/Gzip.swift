internal import Basics
internal import CZlib

/// Compresses bodies: one for each thread, kept, since setting one up costs more than a small body.
@safe
final class Gzip {
    private let stream: UnsafeMutablePointer<z_stream>

    /// Nothing below this is worth while.
    static var leastBytes: Int { 1024 }
    /// Nothing above this is compressed on a loop, which others wait for.
    static var mostBytes: Int { 512 * 1024 }

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // Level 1: a loop's time is dearer than the last per cent.
        let code = unsafe prima_gzip_begin(stream, 1)
        precondition(code == Z_OK, "zlib has memory for its window")
    }

    deinit {
        _ = unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// The body in gzip; nil when it does not get smaller.
    func compress(_ body: RawSpan) -> [UInt8]? {
        guard body.byteCount > 0, body.byteCount <= Int(UInt32.max) / 2 else { return nil }
        _ = unsafe deflateReset(stream)
        let capacity = body.byteCount - body.byteCount / 16
        var isWhole = false
        // Sound: zlib reads and writes no more than the counts it is given, and both buffers outlive the call.
        let compressed = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
            unsafe body.withUnsafeBytes { source in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self)
                )
                unsafe stream.pointee.avail_in = UInt32(source.count)
                unsafe stream.pointee.next_out = target.baseAddress
                unsafe stream.pointee.avail_out = UInt32(capacity)
                isWhole = unsafe deflate(stream, Z_FINISH) == Z_STREAM_END
                count = unsafe capacity - Int(stream.pointee.avail_out)
            }
        }
        return isWhole ? compressed : nil
    }
}
