internal import Glibc

/// What this process has used so far.
package struct ProcessUsage: Sendable {
    /// Processor time of all threads, in nanoseconds.
    package let processorNanoseconds: Int64
    /// Memory that is resident at this moment, in bytes; 0 when the system does not say.
    package let residentBytes: Int64

    /// As it is now.
    package static func now() -> ProcessUsage {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        var resident: Int64 = 0
        if let source = try? ByteSource(path: "/proc/self/statm"), let bytes = try? source.next() {
            let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
            if words.count > 1, let pages = Int64(words[1]) { resident = pages * Int64(sysconf(Int32(_SC_PAGESIZE))) }
        }
        return ProcessUsage(
            processorNanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec),
            residentBytes: resident
        )
    }
}

extension RunningProcess {
    package static var identifier: Int32 { getpid() }

    /// How many processors this process may use.
    package static var processors: Int {
        let source = try? ByteSource(path: "/proc/self/status")
        let status = (try? source?.next()).map { String(decoding: $0, as: UTF8.self) } ?? ""
        // A mask in hexadecimal digits, with commas between its words.
        let mask = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }?.dropFirst(13) ?? ""
        let count = mask.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        return count > 0 ? count : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// Lets this process have as many descriptors as the system allows it; how many those are.
    package static func takeDescriptors() -> Int {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(kind, &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var wider = limit
            wider.rlim_cur = limit.rlim_max
            if unsafe setrlimit(kind, &wider) == 0 { limit = wider }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Ends the process at once, without a word to anyone.
    package static func exitAtOnce(_ status: Int32) -> Never { _exit(status) }
}

extension StandardStream {
    /// Whether a person looks at it.
    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Whether a person types what is read.
    package static var isInputTerminal: Bool { isatty(STDIN_FILENO) == 1 }
}
