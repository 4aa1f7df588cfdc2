/// JSON documents on standard output: one a line, or all of them as one array.
struct LineOutput: ~Copyable {
    private static let chunk = 1 << 18

    private let console: Console
    private let style: OutputStyle
    private var bytes: [UInt8] = []
    private var isFirst = true

    init(console: Console, style: OutputStyle) {
        self.console = console
        self.style = style
    }

    /// Prints one document, which `write` appends without a line's end.
    mutating func print(_ write: (inout [UInt8]) -> Void) throws(CommandFailure) {
        if style == .json { bytes += Array((isFirst ? "[\n" : ",\n").utf8) }
        isFirst = false
        write(&bytes)
        if style == .text { bytes.append(UInt8(ascii: "\n")) }
        if bytes.count >= Self.chunk { try flush() }
    }

    /// Prints what is still held back.
    mutating func end() throws(CommandFailure) {
        if style == .json { bytes += Array((isFirst ? "[]\n" : "\n]\n").utf8) }
        try flush()
    }

    private mutating func flush() throws(CommandFailure) {
        try console.result(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
