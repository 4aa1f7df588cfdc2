import Basics
import Testing
import VectorIndex

/// A store in memory that writes down all that is done to it, so that it can be cut at any byte of any write.
final class RecordedStore: ByteStore {
    enum Step: Sendable {
        case create(String, file: Int)
        case append(file: Int, [UInt8])
        case syncFile(Int)
        case rename(String, String)
        case remove(String)
        case sync
    }

    struct Content: Sendable {
        var files: [[UInt8]] = []
        var names: [String: Int] = [:]
        var steps: [Step] = []
    }

    let content: Lock<Content>

    init(_ files: [String: [UInt8]] = [:]) {
        var content = Content()
        for (name, bytes) in files {
            content.names[name] = content.files.count
            content.files.append(bytes)
        }
        self.content = Lock(content)
    }

    var steps: [Step] { content.withLock { $0.steps } }
    var stepCount: Int { content.withLock { $0.steps.count } }

    func names() -> [String] { content.withLock { Array($0.names.keys) } }

    func open(_ name: String) throws(ByteStoreFault) -> any MappedBytes {
        let bytes = content.withLock { content in content.names[name].map { content.files[$0] } }
        guard let bytes else { throw ByteStoreFault(.notFound, name) }
        return WrittenFile(bytes: bytes)
    }

    func create(_ name: String) throws(ByteStoreFault) -> any ByteSink {
        let file = content.withLock { content -> Int? in
            guard content.names[name] == nil else { return nil }
            content.names[name] = content.files.count
            content.files.append([])
            content.steps.append(.create(name, file: content.files.count - 1))
            return content.files.count - 1
        }
        guard let file else { throw ByteStoreFault(.other, "\(name) is there") }
        return Sink(store: self, file: file)
    }

    func rename(_ name: String, to newName: String) throws(ByteStoreFault) {
        content.withLock { content in
            content.names[newName] = content.names.removeValue(forKey: name)
            content.steps.append(.rename(name, newName))
        }
    }

    func remove(_ name: String) throws(ByteStoreFault) {
        content.withLock { content in
            content.names[name] = nil
            content.steps.append(.remove(name))
        }
    }

    func sync() { content.withLock { $0.steps.append(.sync) } }

    private final class Sink: ByteSink {
        let store: RecordedStore
        let file: Int

        init(store: RecordedStore, file: Int) {
            self.store = store
            self.file = file
        }

        func append(_ bytes: borrowing RawSpan) {
            let copy = bytes.copy
            store.content.withLock { content in
                content.files[file] += copy
                content.steps.append(.append(file: file, copy))
            }
        }

        func sync() { store.content.withLock { $0.steps.append(.syncFile(file)) } }
    }
}

/// What of the unsynced a crash leaves.
struct Loss: Sendable, Hashable {
    var unsyncedBytes: Bool
    var unsyncedNames: Bool
}

extension RecordedStore {
    /// The store as a crash leaves it in step `cut`, `byte` bytes into it.
    static func cut(_ steps: [Step], at cut: Int, byte: Int, _ loss: Loss) -> RecordedStore {
        var files: [Int: (bytes: [UInt8], synced: Int)] = [:]
        var (names, syncedNames): ([String: Int], [String: Int]) = ([:], [:])
        for step in steps[..<cut] {
            switch step {
            case .create(let name, let file):
                names[name] = file
                files[file] = ([], 0)
            case .append(let file, let bytes): files[file]?.bytes += bytes
            case .syncFile(let file):
                let written = files[file]?.bytes.count ?? 0
                files[file]?.synced = written
            case .rename(let name, let newName): names[newName] = names.removeValue(forKey: name)
            case .remove(let name): names[name] = nil
            case .sync: syncedNames = names
            }
        }
        if cut < steps.count, case .append(let file, let bytes) = steps[cut] { files[file]?.bytes += bytes[..<byte] }
        var kept: [String: [UInt8]] = [:]
        for (name, file) in loss.unsyncedNames ? syncedNames : names {
            guard let content = files[file] else { continue }
            kept[name] = loss.unsyncedBytes ? Array(content.bytes[..<content.synced]) : content.bytes
        }
        return RecordedStore(kept)
    }
}
