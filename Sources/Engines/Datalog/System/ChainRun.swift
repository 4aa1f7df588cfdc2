/// Runs a chain of statements over the state of one script.
final class ChainRun {
    private let session: Session
    private var last = Answer(headers: [], rows: [])
    /// Nobody waits for a loop of so many rounds.
    private static let mostRounds = 10_000_000

    private enum Flow {
        case go
        case stop(Name?, Span)
        case next(Name?, Span)
        case end(Answer)
    }

    init(_ session: Session) { self.session = session }

    /// The answer of the chain: what it returns, or else that of its last query.
    func run(_ statements: [Statement]) throws(ScriptError) -> Answer {
        switch try flow(statements) {
        case .go: return last
        case .end(let answer): return answer
        case .stop(_, let span), .next(_, let span):
            throw ScriptError(
                .danglingFlow,
                "control flow has nowhere to go",
                at: span,
                remedy: "%break and %continue stand inside a %loop, and name a %mark around them"
            )
        }
    }

    private func flow(_ statements: [Statement]) throws(ScriptError) -> Flow {
        for statement in statements {
            try session.watch.check()
            let flow = try flow(statement)
            guard case .go = flow else { return flow }
        }
        return .go
    }

    private func flow(_ statement: Statement) throws(ScriptError) -> Flow {
        switch statement {
        case .run(let runnable): last = try run(runnable)
        case .ignoringErrors(let runnable):
            let relations = session.relations
            let temporary = session.temporary
            do {
                last = try run(runnable)
            } catch {
                session.relations = relations
                session.temporary = temporary
                last = Answer(headers: ["status"], rows: [["FAILED"]])
            }
        case .choice(let condition, let isNegated, let then, let otherwise):
            return try flow(try holds(condition) != isNegated ? then : otherwise)
        case .loop(let label, let body, _): return try loop(label, body)
        case .stop(let label, let span): return .stop(label, span)
        case .next(let label, let span): return .next(label, span)
        case .result(let sources, _):
            guard !sources.isEmpty else { return .end(Answer(headers: [], rows: [])) }
            var answer = last
            for source in sources { answer = try value(source) }
            return .end(answer)
        case .swap(let one, let other): try swap(one, other)
        case .debug: break
        }
        return .go
    }

    private func loop(_ label: Name?, _ body: [Statement]) throws(ScriptError) -> Flow {
        for _ in 0..<Self.mostRounds {
            switch try flow(body) {
            case .go: continue
            case .end(let answer): return .end(answer)
            case .stop(let target, let span):
                if target == nil || target == label { return .go }
                return .stop(target, span)
            case .next(let target, let span):
                if target == nil || target == label { continue }
                return .next(target, span)
            }
        }
        throw ScriptError(.timedOut, "a loop went \(Self.mostRounds) rounds")
    }

    private func run(_ runnable: Statement.Runnable) throws(ScriptError) -> Answer {
        let answer: Answer
        switch runnable.content {
        case .query(let query): answer = try session.run(query)
        case .system(let operation): answer = try session.run(operation)
        }
        if let target = runnable.target { store(answer, as: target) }
        return answer
    }

    /// Keeps an answer as a temporary relation.
    private func store(_ answer: Answer, as name: Name) {
        session.temporary[name.text] = nil
        session.load(name.text, keys: answer.headers, values: [], answer.columns)
        session.temporary[name.text] = session.relations[name.text]
        session.relations[name.text] = nil
    }

    /// A condition is true when its first row begins with true, or when it has no rows of truth but some rows.
    private func holds(_ condition: Statement.Condition) throws(ScriptError) -> Bool {
        let answer: Answer
        switch condition {
        case .relation(let name): answer = try value(.relation(name))
        case .query(let runnable): answer = try run(runnable)
        }
        guard answer.rowCount > 0, let first = answer.columns.first else { return false }
        _ = first
        return answer.columns.last.map { $0[0].isTruthy } ?? false
    }

    private func value(_ source: Statement.Source) throws(ScriptError) -> Answer {
        switch source {
        case .query(let runnable): return try run(runnable)
        case .relation(let name):
            let relation = try session.relation(name.text)
            let rows = session.decoded(relation).sorted { Order.of($0, $1) == .less }
            return Answer(headers: relation.schema.columns.map(\.name), rows: rows)
        }
    }

    private func swap(_ one: Name, _ other: Name) throws(ScriptError) {
        var first = try session.relation(one.text)
        var second = try session.relation(other.text)
        first.name = other.text
        second.name = one.text
        session.set(first)
        session.set(second)
    }
}
