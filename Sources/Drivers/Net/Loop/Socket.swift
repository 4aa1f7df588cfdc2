internal import CEpoll
internal import Glibc

/// An open socket: closed exactly once.
struct Socket: ~Copyable, Sendable {
    let number: Int32

    init(adopting number: Int32) { self.number = number }

    deinit { close(number) }

    /// Gives the number away: whoever takes it closes it.
    consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }
}

/// An address to listen on, as the system writes it.
struct SocketAddress: Sendable {
    private var storage = sockaddr_storage()
    private var length: socklen_t = 0

    /// The addresses that a host's name or number means here; `*` is every address of this machine.
    static func all(of host: String, port: UInt16) throws(NetFailure) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host == "*" ? nil : host, String(port), &hints, &list)
        guard code == 0 else { throw NetFailure(ENOENT, "find", host) }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let info = unsafe next {
            if let address = unsafe info.pointee.ai_addr {
                var copy = SocketAddress()
                copy.length = unsafe info.pointee.ai_addrlen
                // Sound: the list's entry says how long its address is, and every address fits the storage.
                unsafe withUnsafeMutableBytes(of: &copy.storage) {
                    unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(copy.length)))
                }
                addresses.append(copy)
            }
            unsafe next = info.pointee.ai_next
        }
        return addresses
    }

    var port: UInt16 {
        get { unsafe withUnsafeBytes(of: storage) { unsafe UInt16($0[2]) << 8 | UInt16($0[3]) } }
        set {
            // Both families keep the port in bytes 2 and 3, the high one first.
            unsafe withUnsafeMutableBytes(of: &storage) { bytes in
                unsafe bytes[2] = UInt8(newValue >> 8)
                unsafe bytes[3] = UInt8(newValue & 0xFF)
            }
        }
    }

    var isIPv6: Bool { Int32(storage.ss_family) == AF_INET6 }

    /// A socket that is bound here, and listens when there are limits.
    func bound(_ sharing: Sharing, _ limits: NetLimits?, _ place: String) throws(NetFailure) -> Socket {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = Socket(adopting: Glibc.socket(Int32(storage.ss_family), kind, 0))
        guard socket.number >= 0 else { throw NetFailure(errno, "open a socket for", place) }
        socket.set(SOL_SOCKET, SO_REUSEADDR, 1)
        if sharing == .shared { socket.set(SOL_SOCKET, SO_REUSEPORT, 1) }
        if isIPv6 { socket.set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        // What is accepted inherits these.
        socket.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        socket.set(SOL_SOCKET, SO_KEEPALIVE, 1)
        if let limits { socket.set(Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, Int32(clamping: limits.unsentBytes)) }
        let code = unsafe withUnsafeBytes(of: storage) { bytes in
            guard let address = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return EFAULT }
            return unsafe bind(socket.number, address, length) == 0 ? 0 : errno
        }
        guard code == 0 else { throw NetFailure(code, "listen on", place) }
        if let limits, listen(socket.number, Int32(clamping: limits.backlog)) != 0 {
            throw NetFailure(errno, "listen on", place)
        }
        return socket
    }

    /// Whether other sockets may listen on the same address.
    enum Sharing { case alone, shared }
}

extension Socket {
    /// Sending to a connection that is gone is an error to look at, not a signal.
    static var quietly: Int32 { Int32(MSG_NOSIGNAL) }

    /// The next connection that waits at a listener; negative when there is none.
    static func accept(at listener: Int32) -> Int32 {
        accept4(listener, nil, nil, Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue))
    }

    /// Tells the other side that nothing more comes.
    static func endWriting(_ number: Int32) { shutdown(number, Int32(SHUT_WR)) }

    func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        _ = unsafe setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// The port that it is bound to.
    var port: UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            guard let address = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return 0 }
            guard unsafe getsockname(number, address, &length) == 0 else { return 0 }
            return unsafe UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        }
    }
}
