internal import Glibc

/// A file that never changes, as memory: pages are read when they are touched.
///
/// A disk that fails under a mapped page ends the process (SIGBUS); so only files that can be made again are mapped.
@safe package final class MappedFile: @unchecked Sendable {
    private let start: UnsafeMutableRawPointer
    package let byteCount: Int

    package init(path: String) throws(DiskError) {
        let descriptor = try Descriptor(opening: path, in: AT_FDCWD, O_RDONLY)
        var status = stat()
        guard unsafe fstat(descriptor.number, &status) == 0 else { throw DiskError(errno, "size", path) }
        byteCount = Int(status.st_size)
        let mapped = unsafe mmap(nil, Swift.max(1, byteCount), PROT_READ, MAP_PRIVATE, descriptor.number, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw DiskError(errno, "map", path) }
        unsafe start = mapped
    }

    deinit { unsafe munmap(start, Swift.max(1, byteCount)) }

    package func withBytes<Result>(_ body: (borrowing RawSpan) -> Result) -> Result {
        // The mapping lives as long as this value, which the call holds.
        body(unsafe UnsafeRawBufferPointer(start: start, count: byteCount).bytes)
    }
}
