import Glibc

/// A port of loopback that nobody has at the moment, for servers that cannot choose one themselves.
enum FreePort {
    static func any() throws(Failure) -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            // Sound: every socket address begins as sockaddr does.
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length) == 0 ? unsafe getsockname(descriptor, $0, &length) : -1
            }
        }
        guard code == 0 else { throw Failure("there is no free port: \(unsafe String(cString: strerror(errno)))") }
        return address.sin_port.bigEndian
    }
}
