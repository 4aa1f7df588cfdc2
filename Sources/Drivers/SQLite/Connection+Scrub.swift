internal import CSQLite

// SQLite's secure_delete zeroes cells that are deleted and pages that are freed. It does not zero cells that moved:
// when a page is rebuilt because its neighbour split, the old copies stay in the page's unused middle, and are not
// found again when the cell is deleted elsewhere. Scrubbing zeroes those middles in the file.

extension Connection {
    /// Zeroes the unused middle of every page, and forgets the pages in memory, which have it too.
    ///
    /// For the only connection that writes, after `truncateLog`: the file is the database then. Readers are not
    /// disturbed, since nobody reads those bytes; a crash leaves some pages scrubbed and others not. Reads the whole
    /// file, and writes what is not clean. Returns how many pages were not.
    @discardableResult
    package func scrub() throws(Failure) -> Int {
        precondition(!isInTransaction, "a transaction may hold pages that are not in the file")
        let pageSize = Int(try integer("PRAGMA page_size") ?? 0)
        let pageCount = Int(try integer("PRAGMA page_count") ?? 0)
        // Beyond this the number that begins an overflow page could look like the type of a tree's page.
        guard pageCount < 1 << 25 else {
            try execute("VACUUM")
            try truncateLog()
            return pageCount
        }
        let file = try DatabaseFile(self)
        var scrubbed = 0
        var chunk = [UInt8](repeating: 0, count: pageSize * 64)
        for first in stride(from: 0, to: pageCount, by: 64) {
            let count = min(64, pageCount - first)
            try file.read(into: &chunk, count * pageSize, at: Int64(first) * Int64(pageSize))
            for page in 0..<count {
                let place = page * pageSize
                guard let unused = try Self.unused(in: chunk[place..<(place + pageSize)], isFirst: first + page == 0)
                else { continue }
                try file.zero(unused.count, at: Int64(first) * Int64(pageSize) + Int64(unused.lowerBound))
                scrubbed += 1
            }
        }
        if scrubbed > 0 { try file.sync() }
        // A page in memory would bring its middle back with its next change.
        try check(unsafe sqlite3_db_release_memory(handle))
        return scrubbed
    }

    /// The unused middle of a tree's page, as indices of `page`; nil when the page has none, or a clean one.
    private static func unused(in page: ArraySlice<UInt8>, isFirst: Bool) throws(Failure) -> Range<Int>? {
        let header = page.startIndex + (isFirst ? 100 : 0)
        let headerSize: Int
        switch page[header] {
        case 0x02, 0x05: headerSize = 12
        case 0x0A, 0x0D: headerSize = 8
        default: return nil
        }
        let number = { (place: Int) in Int(page[header + place]) << 8 | Int(page[header + place + 1]) }
        // Zero stands for 65,536, which two bytes cannot say.
        let content = number(5) == 0 ? 65_536 : number(5)
        let start = header + headerSize + 2 * number(3)
        let end = page.startIndex + content
        guard start <= end, end <= page.endIndex else {
            throw Failure(.corrupt, message: "a page says that its content begins where it cannot")
        }
        return page[start..<end].allSatisfy { $0 == 0 } ? nil : start..<end
    }
}

/// The file of an open database, through SQLite's own descriptor: another one, when closed, would drop its locks.
@safe private struct DatabaseFile {
    private let file: UnsafeMutablePointer<sqlite3_file>
    private let methods: sqlite3_io_methods

    init(_ connection: Connection) throws(Failure) {
        var file: UnsafeMutablePointer<sqlite3_file>?
        try connection.check(
            unsafe sqlite3_file_control(connection.handle, "main", SQLITE_FCNTL_FILE_POINTER, &file)
        )
        guard let file = unsafe file, let methods = unsafe file.pointee.pMethods else {
            throw Failure(.other, message: "the database has no file")
        }
        unsafe self.file = file
        unsafe self.methods = methods.pointee
    }

    func read(into bytes: inout [UInt8], _ count: Int, at offset: Int64) throws(Failure) {
        precondition(count <= bytes.count, "what is read has room")
        try check(unsafe methods.xRead?(file, &bytes, Int32(count), offset), "read")
    }

    func zero(_ count: Int, at offset: Int64) throws(Failure) {
        let zeros = [UInt8](repeating: 0, count: count)
        try check(unsafe methods.xWrite?(file, zeros, Int32(count), offset), "write")
    }

    func sync() throws(Failure) { try check(unsafe methods.xSync?(file, SQLITE_SYNC_NORMAL), "sync") }

    private func check(_ code: Int32?, _ operation: String) throws(Failure) {
        guard code != SQLITE_OK else { return }
        throw Failure(code: code ?? SQLITE_MISUSE, message: "cannot \(operation) the database's file")
    }
}
