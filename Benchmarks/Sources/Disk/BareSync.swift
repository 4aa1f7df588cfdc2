import Foundation
import Glibc

extension Benchmark {
    /// What a durable write costs here at least: the unit in which latencies are told.
    static let bareSync = Benchmark(
        name: "fdatasync",
        summary: "one 4 KiB write and its fdatasync, alone, on the disk of this repository"
    ) { bench in
        let folder = try bench.folder("fdatasync")
        let filled = try BareSync.measure(in: folder, .zeroFilled, seconds: bench.seconds)
        let growing = try BareSync.measure(in: folder, .growing, seconds: bench.seconds)
        func row(_ name: String, _ figure: (BareSync) -> Double) -> Figure {
            Figure(
                name: "zero-filled file, \(name)",
                value: figure(filled),
                unit: "us",
                rival: Figure.Rivalry(name: "growing file", value: figure(growing))
            )
        }
        return [
            row("median") { $0.microseconds.percentile(0.5) },
            row("99 %") { $0.microseconds.percentile(0.99) },
            row("CPU") { $0.cpuMicroseconds },
        ]
    }
}

/// Latencies of bare durable writes.
struct BareSync: Sendable {
    enum Layout: Sendable {
        /// The blocks are there already, as in a segment: a sync has no metadata to write.
        case zeroFilled
        /// Each write makes the file longer.
        case growing
    }

    let microseconds: [Double]
    let cpuMicroseconds: Double

    private static let block = 4096
    private static let fileBlocks = 16_384

    static func measure(in folder: URL, _ layout: Layout, seconds: Double) throws(Failure) -> BareSync {
        let path = folder.appending(path: "\(layout)").path(percentEncoded: false)
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
        guard file >= 0 else { throw failure("open") }
        defer {
            _ = close(file)
            _ = unsafe unlink(path)
        }
        let ones = [UInt8](repeating: 1, count: block)
        if layout == .zeroFilled {
            let zeros = [UInt8](repeating: 0, count: 256 * block)
            for place in 0..<fileBlocks / 256 { try write(zeros, to: file, at: place * zeros.count) }
            guard fsync(file) == 0 else { throw failure("fsync") }
        }
        var latencies: [Double] = []
        let end = Meter.now + seconds
        let cost = try Meter.measure { () throws(Failure) in
            while Meter.now < end, latencies.count < fileBlocks {
                let begin = Meter.now
                try write(ones, to: file, at: latencies.count * block)
                guard fdatasync(file) == 0 else { throw failure("fdatasync") }
                latencies.append((Meter.now - begin) * 1e6)
            }
        }
        guard !latencies.isEmpty else { throw Failure("no write was done in \(seconds) s") }
        return BareSync(microseconds: latencies, cpuMicroseconds: cost.cpuSeconds * 1e6 / Double(latencies.count))
    }

    private static func write(_ bytes: [UInt8], to file: Int32, at offset: Int) throws(Failure) {
        let written = unsafe pwrite(file, bytes, bytes.count, off_t(offset))
        guard written == bytes.count else { throw failure("pwrite") }
    }

    private static func failure(_ call: String) -> Failure {
        Failure("\(call): \(unsafe String(cString: strerror(errno)))")
    }
}
