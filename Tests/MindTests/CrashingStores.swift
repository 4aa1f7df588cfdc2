import Basics
import Model
import Ports

/// Fails one step: once, or with all later ones, as if the process had died there.
final class CrashPoint: Sendable {
    enum Duration: Sendable { case once, forEver }

    private let state = Lock(0)
    private let crash: Int
    private let duration: Duration

    init(at step: Int, _ duration: Duration = .forEver) {
        crash = step
        self.duration = duration
    }

    var hasCrashed: Bool { state.withLock { $0 > crash } }

    func step() throws(StoreError) {
        let step = state.withLock { step in
            step += 1
            return step - 1
        }
        if step == crash || (step > crash && duration == .forEver) {
            throw StoreError(.unexpected, in: "go on", context: "crashed")
        }
    }
}

/// A ledger that a crash can cut off.
struct CrashingLedger: Ledger {
    let inner: any Ledger
    let crash: CrashPoint

    var extent: LedgerExtent { inner.extent }

    func read(_ query: LedgerQuery) async throws(StoreError) -> LedgerPage {
        try crash.step()
        let page = try await inner.read(query)
        try crash.step()
        return page
    }

    func grown(beyond size: Int64) async throws(StoreError) { try await inner.grown(beyond: size) }
    func append(_ batch: [Submission]) async throws(AppendError) -> AppendReceipt { try await inner.append(batch) }
    func root(at size: Int64) async throws(StoreError) -> ContentHash { try await inner.root(at: size) }
    func signedHead() async throws(StoreError) -> SignedTreeHead { try await inner.signedHead() }

    func inclusion(of position: Position, in size: Int64) async throws(StoreError) -> InclusionProof {
        try await inner.inclusion(of: position, in: size)
    }

    func consistency(from: Int64, to: Int64) async throws(StoreError) -> ConsistencyProof {
        try await inner.consistency(from: from, to: to)
    }

    func forget(_ subject: SubjectID, by writer: Writer) async throws(AppendError) -> Forgetting {
        try await inner.forget(subject, by: writer)
    }

    func retain(from position: Position) async throws(StoreError) -> Position { try await inner.retain(from: position) }
}

/// Rows that a crash can cut off: before a transaction, inside it after each change, and after its commit.
struct CrashingRows: Rows {
    let inner: any Rows
    let crash: CrashPoint

    func adopt(_ view: ViewSchema) async throws(StoreError) -> Position? { try await inner.adopt(view) }

    func write<Result: Sendable>(
        _ view: ViewName,
        _ generation: Generation,
        _ body: @escaping @Sendable (any RowsTransaction) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try crash.step()
        let result = try await inner.write(view, generation) { [crash] transaction throws(StoreError) in
            let result = try body(CrashingTransaction(transaction, crash))
            try crash.step()
            return result
        }
        try crash.step()
        return result
    }

    func read<Result: Sendable>(
        _ generation: Generation,
        _ body: @escaping @Sendable (any RowsSnapshot) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        try await inner.read(generation, body)
    }

    func discard(_ view: ViewName, _ generation: Generation) async throws(StoreError) {
        try crash.step()
        try await inner.discard(view, generation)
        try crash.step()
    }

    func promote(_ view: ViewName) async throws(StoreError) {
        try crash.step()
        try await inner.promote(view)
        try crash.step()
    }

    func copy(_ view: ViewName, from source: Generation, to copy: Generation) async throws(StoreError) {
        try crash.step()
        try await inner.copy(view, from: source, to: copy)
        try crash.step()
    }

    func purge() async throws(StoreError) {
        try crash.step()
        try await inner.purge()
    }

    func positions() async throws(StoreError) -> [ViewPosition] { try await inner.positions() }
    func close() async { await inner.close() }
}

private final class CrashingTransaction: RowsTransaction {
    private let inner: any RowsTransaction
    private let crash: CrashPoint

    init(_ inner: any RowsTransaction, _ crash: CrashPoint) {
        self.inner = inner
        self.crash = crash
    }

    var position: Position? { inner.position }
    func position(of view: ViewName) throws(StoreError) -> Position? { try inner.position(of: view) }
    func get(_ key: RowKey, in table: Table) throws(StoreError) -> Row? { try inner.get(key, in: table) }
    func get(_ keys: [RowKey], in table: Table) throws(StoreError) -> [Row?] { try inner.get(keys, in: table) }
    func owePurge() throws(StoreError) { try inner.owePurge() }

    func scan(_ scan: Scan, _ body: (Row) throws(StoreError) -> ScanStep) throws(StoreError) {
        try inner.scan(scan, body)
    }

    func put(_ row: Row, in table: Table) throws(StoreError) {
        try inner.put(row, in: table)
        try crash.step()
    }

    func delete(_ key: RowKey, from table: Table) throws(StoreError) -> Bool {
        try inner.delete(key, from: table)
    }

    func deleteAll(under prefix: [RowValue], from table: Table) throws(StoreError) -> Int {
        try inner.deleteAll(under: prefix, from: table)
    }

    func advance(to position: Position) throws(StoreError) {
        try inner.advance(to: position)
        try crash.step()
    }
}
