import Glibc

/// A folder of its own for one test, removed with everything in it when released.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        var template = Array("/tmp/prima-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw NotMade(code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// Best effort: what stays behind lies in /tmp.
    private static func remove(_ path: String) {
        if let folder = unsafe opendir(path) {
            while let entry = unsafe readdir(folder) {
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                    unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                }
                guard name != "." && name != ".." else { continue }
                let isFolder = unsafe Int(entry.pointee.d_type) == Int(DT_DIR)
                if isFolder { remove(path + "/" + name) } else { _ = unsafe unlink(path + "/" + name) }
            }
            unsafe closedir(folder)
        }
        _ = unsafe rmdir(path)
    }

    package struct NotMade: Error { let code: Int32 }
}
