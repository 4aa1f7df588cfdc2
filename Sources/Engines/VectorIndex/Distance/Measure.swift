internal import CKernels

/// What is computed between two rows; smaller is nearer.
///
/// Every machine computes the same bits: integers are exact, and floats are summed in one order.
package enum Measure: Sendable, Hashable, CaseIterable {
    case floatSquare, floatDot, floatSum
    case byteSquare, byteDot, byteSum
    case bits

    package var element: Rows.Element {
        switch self {
        case .floatSquare, .floatDot, .floatSum: .float
        case .byteSquare, .byteDot, .byteSum: .byte
        case .bits: .bit
        }
    }

    private var kernel: prima_measure {
        switch self {
        case .floatSquare: prima_f32_square
        case .floatDot: prima_f32_dot
        case .floatSum: prima_f32_sum
        case .byteSquare: prima_i8_square
        case .byteDot: prima_i8_dot
        case .byteSum: prima_i8_sum
        case .bits: prima_bits
        }
    }

    /// The quickest functions of this machine.
    @unsafe var functions: UnsafePointer<prima_distance> {
        guard let functions = unsafe prima_distance_of(kernel) else {
            preconditionFailure("the portable path is always there")
        }
        return unsafe functions
    }

    /// The ways to compute it, which must all agree.
    package enum Path: Sendable, CaseIterable {
        case portable, popcnt, avx2, avx512, neon

        var kernel: prima_path {
            switch self {
            case .portable: prima_portable
            case .popcnt: prima_popcnt
            case .avx2: prima_avx2
            case .avx512: prima_avx512
            case .neon: prima_neon
            }
        }
    }

    /// The distances from row `query` to all rows, by one path; nil where this machine, or this build, lacks it.
    package func distances(from query: Int, in rows: Rows, count: Int, by path: Path) -> [Float]? {
        precondition(rows.element == element, "rows hold what is measured")
        guard let functions = unsafe prima_distance_by(kernel, path.kernel) else { return nil }
        let stride = rows.stride
        precondition(Swift.max(count, query + 1) * stride <= rows.block.byteCount, "rows lie in their block")
        return unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            let base = unsafe UnsafeRawPointer(rows.block.base)
            unsafe functions.pointee.scan(
                base + query * stride,
                base.assumingMemoryBound(to: UInt8.self),
                stride,
                rows.extent,
                count,
                buffer.baseAddress
            )
            initialized = count
        }
    }
}
