internal import Ports
internal import SQLiteDriver

extension StoreError {
    /// What SQLite's answer means to a caller of the port.
    init(_ failure: Failure, in operation: StaticString) {
        let (kind, retry): (Kind, Retry) =
            switch failure.kind {
            case .full: (.exhausted, .after(.seconds(1)))
            case .busy: (.unavailable, .after(.milliseconds(100)))
            case .inputOutput, .outOfMemory: (.unavailable, .after(.seconds(1)))
            case .readOnly, .cannotOpen: (.unavailable, .never)
            case .corrupt, .notDatabase: (.corrupt, .never)
            case .constraint: (.conflict, .never)
            case .unfit: (.invalid, .never)
            case .interrupted, .closed: (.cancelled, .never)
            case .badStatement, .other: (.unexpected, .never)
            }
        self.init(kind, retry: retry, in: operation, engine: "SQLite", underlying: failure)
    }

    static func closed(_ operation: StaticString) -> StoreError {
        StoreError(.cancelled, in: operation, engine: "SQLite", context: "closed before")
    }
}

/// Runs `body`, and says its failure in the port's words.
func translating<Result>(
    _ operation: StaticString,
    _ body: () throws(Failure) -> Result
) throws(StoreError) -> Result {
    do { return try body() } catch { throw StoreError(error, in: operation) }
}

/// Evaluates `value`, and says its failure in the port's words.
func translating<Result>(
    _ operation: StaticString,
    _ value: @autoclosure () throws(Failure) -> Result
) throws(StoreError) -> Result {
    do { return try value() } catch { throw StoreError(error, in: operation) }
}
