internal import Basics
internal import FilesDriver
internal import VectorIndex

/// Rows of vectors as other programs write them: NumPy's `.npy` (float32, or uint8 for packed bits) and `.fvecs`.
struct VectorFile {
    let count: Int
    /// Numbers in a row, or bits.
    let dimension: Int
    private let file: MappedFile
    private let start: Int
    private let stride: Int
    private let element: Element

    private enum Element { case float, byte }

    init(path: String) throws(CommandFailure) {
        do { file = try MappedFile(path: path) } catch { throw CommandFailure(.badData, "\(error)") }
        let layout = file.withBytes { bytes in path.hasSuffix(".fvecs") ? Self.fvecs(bytes) : Self.npy(bytes) }
        guard let layout else {
            throw CommandFailure(
                .badData,
                "\(path) is no .npy of float32 or uint8 rows in C order, and no .fvecs"
            )
        }
        (count, dimension, start, stride, element) = layout
    }

    /// One row, as a query or a vector.
    func row(_ number: Int) -> Query {
        file.withBytes { bytes in
            let from = start + number * stride
            switch element {
            case .byte: return .bits(bytes.extracting(from..<from + dimension / 8).copy)
            case .float:
                return .numbers((0..<dimension).map { Float(bitPattern: bytes.integer(at: from + $0 * 4)) })
            }
        }
    }

    private typealias Layout = (count: Int, dimension: Int, start: Int, stride: Int, element: Element)

    /// Each row is its dimension and as many floats; all dimensions are the same.
    private static func fvecs(_ bytes: borrowing RawSpan) -> Layout? {
        guard bytes.byteCount >= 4 else { return nil }
        let dimension = Int(bytes.integer(at: 0, as: Int32.self))
        guard dimension > 0, dimension < 1 << 20, bytes.byteCount % (4 + 4 * dimension) == 0 else { return nil }
        let stride = 4 + 4 * dimension
        return (bytes.byteCount / stride, dimension, 4, stride, .float)
    }

    /// `\x93NUMPY`, the version, the length of a header, and the header: a Python dictionary.
    private static func npy(_ bytes: borrowing RawSpan) -> Layout? {
        guard bytes.byteCount > 12, bytes.extracting(0..<6).copy == [0x93] + Array("NUMPY".utf8) else { return nil }
        let isShort = bytes.byte(at: 6) == 1
        let length = isShort ? Int(bytes.integer(at: 8, as: UInt16.self)) : Int(bytes.integer(at: 8, as: UInt32.self))
        let start = (isShort ? 10 : 12) + length
        guard start <= bytes.byteCount else { return nil }
        let header = bytes.extracting(isShort ? 10..<start : 12..<start).text
        guard header.contains("'fortran_order': False"), let open = header.firstIndex(of: "("),
            let close = header[open...].firstIndex(of: ")")
        else { return nil }
        let shape = header[header.index(after: open)..<close].split(separator: ",")
            .compactMap { part in Int(part.filter { $0 != " " }) }
        guard shape.count == 2, shape[0] >= 0, shape[1] > 0, shape[0] < 1 << 31, shape[1] < 1 << 20 else { return nil }
        let isFloat = header.contains("'<f4'")
        guard isFloat || header.contains("'|u1'") else { return nil }
        let stride = isFloat ? shape[1] * 4 : shape[1]
        guard bytes.byteCount - start >= shape[0] * stride else { return nil }
        return (shape[0], isFloat ? shape[1] : shape[1] * 8, start, stride, isFloat ? .float : .byte)
    }
}
