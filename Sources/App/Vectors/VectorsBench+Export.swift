internal import Basics
internal import FilesDriver
internal import VectorIndex

extension VectorsBench {
    /// Writes what was measured on, so that others can be measured on the same: rows, queries, labels, and for each
    /// share of the rows the identifiers of the nearest.
    func export(to path: String, _ queries: [Query], _ truths: [[[UInt64]]]) throws(CommandFailure) {
        console.say("writing the data to \(path)")
        do throws(DiskError) {
            let disk = try PosixDisk(path: path, .createIfMissing)
            let width = metric == .hamming ? data.dimension / 8 : data.dimension
            let kind = metric == .hamming ? "|u1" : "<f4"
            try write("base.npy", kind, [rows, width], to: disk) { Self.bytes(data.row($0)) }
            try write("queries.npy", kind, [queries.count, width], to: disk) { Self.bytes(queries[$0]) }
            try write("labels.npy", "<i8", [rows], to: disk) { Self.bytes([UInt64(bitPattern: data.label($0))]) }
            for (number, truth) in truths.enumerated() {
                let full = truth.map { $0 + Array(repeating: UInt64(Int64.max), count: Self.limit - $0.count) }
                try write("truth\(number).npy", "<i8", [full.count, Self.limit], to: disk) { Self.bytes(full[$0]) }
            }
        } catch {
            throw CommandFailure(.unusableFolder, "\(error)")
        }
    }

    /// A NumPy file, row by row.
    private func write(
        _ name: String,
        _ kind: String,
        _ shape: [Int],
        to disk: PosixDisk,
        _ row: (Int) -> [UInt8]
    ) throws(DiskError) {
        if try disk.names().contains(name) { try disk.remove(name) }
        let file = try disk.open(name, .create)
        let sizes = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = "{'descr': '\(kind)', 'fortran_order': False, 'shape': (\(sizes)), }"
        while (header.utf8.count + 11) % 64 != 0 { header += " " }
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
        bytes.append(littleEndian: UInt16(header.utf8.count + 1))
        bytes += Array((header + "\n").utf8)
        var offset: Int64 = 0
        for number in 0..<shape[0] {
            bytes += row(number)
            guard bytes.count > 1 << 22 || number == shape[0] - 1 else { continue }
            try file.write(bytes[...], at: offset)
            offset += Int64(bytes.count)
            bytes.removeAll(keepingCapacity: true)
        }
    }

    private static func bytes(_ query: Query) -> [UInt8] {
        switch query {
        case .bits(let bits): bits
        case .numbers(let numbers): numbers.raw.copy
        }
    }

    private static func bytes(_ numbers: [UInt64]) -> [UInt8] { numbers.raw.copy }
}
