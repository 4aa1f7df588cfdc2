/// Rows on their way through a plan: a column for each register that is filled.
final class Batch {
    private var columns: [CodeBuffer?]
    let capacity: Int
    var count = 0

    init(registers: Int, capacity: Int) {
        columns = Array(repeating: nil, count: registers)
        self.capacity = capacity
    }

    /// The column of a register, with room for all rows.
    @inline(__always)
    func column(_ register: Int) -> CodeBuffer {
        if let column = columns[register] { return column }
        let column = CodeBuffer(repeating: Codes.none, count: capacity)
        columns[register] = column
        return column
    }

    /// Keeps the rows that the selection lists, in the columns that matter.
    func keep(_ selection: CodeBuffer, _ registers: [Int]) {
        guard selection.count < count else { return }
        for register in registers {
            let codes = unsafe column(register).base
            let rows = unsafe selection.base
            for place in 0..<selection.count { unsafe codes[place] = codes[Int(rows[place])] }
        }
        count = selection.count
    }
}
