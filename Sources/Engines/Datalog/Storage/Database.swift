internal import Basics

/// A Datalog database in memory, spoken to in CozoScript.
///
/// Many readers and one writer: a script that changes nothing sees the state of its beginning and waits for nobody;
/// scripts that change something come one after the other, each whole or not at all. The time, chance and the end of
/// patience come with each call.
package final class Database: Sendable {
    private let state: Lock<State>
    private let writer: Lock<Void>
    private let log: (any TransactionLog)?

    /// What one transaction left and the next begins with.
    struct State: Sendable {
        var lexicon = Lexicon()
        var relations: [String: StoredRelation] = [:]
    }

    /// A database that is empty, or what transactions left whose changes were kept.
    ///
    /// What its transactions do goes to the log before it is seen.
    package init(_ kept: [TransactionChanges] = [], log: (any TransactionLog)? = nil) throws(ScriptError) {
        var state = State()
        for changes in kept { state = try state.applying(changes) }
        self.state = Lock(state)
        writer = Lock(())
        self.log = log
    }

    /// An empty database that forgets when it ends.
    package init() {
        state = Lock(State())
        writer = Lock(())
        log = nil
    }

    /// Everything that is stored, as the changes that make it.
    package var image: TransactionChanges { TransactionChanges(state.withLock { $0 }) }

    /// What a script may know and use.
    package struct Call: Sendable {
        package var parameters: [String: Datum]
        /// Microseconds since 1970.
        package var now: Int64
        package var seed: UInt64
        package var budget: Budget
        package var batchSize: Int
        package var access: Access
        /// Seconds since some moment, for budgets of time.
        package var elapsed: @Sendable () -> Double
        package var isCancelled: @Sendable () -> Bool
        /// Waits so many seconds, for `:sleep`.
        package var pause: @Sendable (Double) -> Void
        /// The bytes of a file that a script names; nil when it may not or cannot be read.
        package var readFile: @Sendable (String) -> [UInt8]?

        package init(
            parameters: [String: Datum] = [:],
            now: Int64,
            seed: UInt64,
            budget: Budget = Budget(),
            batchSize: Int = 2048,
            access: Access = .write,
            elapsed: @escaping @Sendable () -> Double = { 0 },
            isCancelled: @escaping @Sendable () -> Bool = { false },
            pause: @escaping @Sendable (Double) -> Void = { _ in },
            readFile: @escaping @Sendable (String) -> [UInt8]? = { _ in nil }
        ) {
            self.pause = pause
            self.readFile = readFile
            self.parameters = parameters
            self.now = now
            self.seed = seed
            self.budget = budget
            self.batchSize = batchSize
            self.access = access
            self.elapsed = elapsed
            self.isCancelled = isCancelled
        }
    }

    package enum Access: Sendable { case read, write }

    /// Runs a script.
    package func run(_ script: String, _ call: Call) throws(ScriptError) -> Answer {
        try run(Prepared(script), call)
    }

    /// Runs a script that was read before, with other parameters.
    package func run(_ prepared: Prepared, _ call: Call) throws(ScriptError) -> Answer {
        guard prepared.changes else {
            let session = Session(state.withLock { $0 }, call)
            return try session.run(prepared.script)
        }
        guard call.access == .write else {
            throw ScriptError(.accessDenied, "the script changes the database, and may only read")
        }
        return try writer.withLock { _ throws(ScriptError) in
            let before = state.withLock { $0 }
            let session = Session(before, call)
            let answer = try session.run(prepared.script)
            let changed = session.committed()
            if let log {
                let changes = TransactionChanges(from: before, to: changed)
                if !changes.isEmpty { try log.append(changes) }
            }
            state.withLock { $0 = changed }
            return answer
        }
    }

    /// Runs a script that changes nothing, and says what its evaluation took at most.
    package func run(_ script: String, _ call: Call, noting use: inout MemoryUse) throws(ScriptError) -> Answer {
        let session = Session(state.withLock { $0 }, call)
        let prepared = try Prepared(script)
        guard !prepared.changes else { throw ScriptError(.accessDenied, "the script changes the database") }
        let answer = try session.run(prepared.script)
        use = session.watch.most
        return answer
    }

    /// What stored rows, and the indices that were made over them, take.
    package var bytes: Int {
        let relations = state.withLock { $0.relations }
        return relations.values.reduce(0) { $0 + $1.rows.parts.reduce(0) { $0 + $1.part.bytes } }
    }

    /// Puts rows into a relation, which is made when it is not there: its first columns are its keys.
    ///
    /// For databases in memory: what is loaded goes to no log.
    package func load(_ name: String, keys: [String], values: [String] = [], _ columns: [Answer.Column]) {
        precondition(log == nil, "rows of a database that is kept come by scripts")
        writer.withLock { _ in
            let call = Call(now: 0, seed: 0)
            let session = Session(state.withLock { $0 }, call)
            session.load(name, keys: keys, values: values, columns)
            let changed = session.committed()
            state.withLock { $0 = changed }
        }
    }

    /// The names of the stored relations.
    package var relationNames: [String] { state.withLock { Array($0.relations.keys) }.sorted() }
}

extension Database.State {
    /// The state after these changes.
    func applying(_ changes: TransactionChanges) throws(ScriptError) -> Database.State {
        let session = Session(self, Database.Call(now: 0, seed: 0))
        for change in changes.relations { try session.apply(change) }
        return session.committed()
    }
}

/// A script that was read, to be run with parameters.
package struct Prepared: Sendable {
    let script: Script

    package init(_ text: String) throws(ScriptError) { script = try ScriptParser.parse(text) }

    /// True when running it may change the database.
    var changes: Bool {
        switch script {
        case .query(let query): query.changes
        case .system(let operation): operation.changes
        case .chain: true
        }
    }
}

extension QuerySyntax {
    var changes: Bool {
        options.contains { option in
            if case .relation(_, let name, _, _) = option { !name.isTemporary } else { false }
        }
    }
}

extension SystemSyntax {
    var changes: Bool {
        switch self {
        case .relations, .columns, .indices, .showTriggers, .explain, .running, .fixedRules, .compact, .kill,
            .unsupported:
            false
        case .describe, .remove, .rename, .accessLevel, .setTriggers, .createIndex, .dropIndex: true
        }
    }
}

extension Name {
    /// Relations whose names begin with `_` live as long as their script.
    var isTemporary: Bool { text.utf8.first == UInt8(ascii: "_") }
}
