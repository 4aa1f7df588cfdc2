/// The last operations of a disk, so that a failure can show how it came about.
struct DiskLog: Sendable {
    private struct Entry: Sendable {
        let number: Int
        let operation: DiskOperation
        let name: String
        let detail: Detail
        let effect: DiskEffect
    }

    enum Detail: Sendable {
        case none
        case bytes(count: Int, offset: Int)
        case size(Int)
        case name(String)
    }

    private static let capacity = 400
    private var entries: [Entry] = []
    private var notes: [(number: Int, text: String)] = []
    private(set) var count = 0

    mutating func note(_ text: String) { notes.append((count, text)) }

    mutating func add(_ operation: DiskOperation, _ name: String, _ detail: Detail, _ effect: DiskEffect) {
        count += 1
        // What was read rarely explains anything.
        if operation == .read && effect == .done { return }
        if entries.count >= 2 * Self.capacity { entries.removeFirst(Self.capacity) }
        entries.append(Entry(number: count, operation: operation, name: name, detail: detail, effect: effect))
    }

    func text(last limit: Int) -> String {
        var lines: [(number: Int, text: String)] = entries.suffix(limit).map { ($0.number, Self.line($0)) }
        let first = lines.first?.number ?? 0
        lines += notes.filter { $0.number >= first }
        lines.sort { $0.number < $1.number }
        return lines.map { "\($0.number) \($0.text)" }.joined(separator: "\n")
    }

    private static func line(_ entry: Entry) -> String {
        var line = "\(entry.operation) \(entry.name)"
        switch entry.detail {
        case .none: break
        case .bytes(let count, let offset): line += " \(offset)+\(count)"
        case .size(let size): line += " to \(size)"
        case .name(let name): line += " to \(name)"
        }
        switch entry.effect {
        case .done: break
        case .failed(let kind): line += " FAILED \(kind)"
        case .lied: line += " LIED"
        case .cut: line += " POWER CUT"
        }
        return line
    }
}
