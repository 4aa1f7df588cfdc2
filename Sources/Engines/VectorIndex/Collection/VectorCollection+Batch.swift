internal import Basics

extension VectorCollection {
    /// The answers to many searches, in their order; workers share them.
    package func search(_ searches: [Search], workers: some Workers) throws(CollectionFault) -> [[Hit]] {
        let answers = Lock([[Hit]](repeating: [], count: searches.count))
        let fault = Lock(CollectionFault?.none)
        workers.run { worker in
            let scratch = GraphScratch()
            for number in stride(from: worker, to: searches.count, by: workers.count) {
                do throws(CollectionFault) {
                    let hits = try self.search(searches[number], scratch: scratch)
                    answers.withLock { $0[number] = hits }
                } catch {
                    fault.withLock { $0 = $0 ?? error }
                }
            }
        }
        if let fault = fault.withLock({ $0 }) { throw fault }
        return answers.withLock { $0 }
    }
}
