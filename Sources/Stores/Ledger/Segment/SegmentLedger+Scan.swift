package import Model
package import Ports

extension SegmentLedger {
    /// Shows the canonical bytes of every readable event from `from` up to, not including, `to`, in order.
    ///
    /// Blocks: for a thread that may, as those of rebuilds and verification. It reads what was durable when it was
    /// called, in large sequential pieces, opens no body and allocates nothing per event; damage throws.
    package func scanHeaders(
        from: Int64,
        to: Int64,
        _ visit: (_ canonical: RawSpan, _ fields: CanonicalFields) -> ScanStep
    ) throws(StoreError) {
        let state = snapshot
        let lower = max(from, state.extent.first)
        let upper = min(to, state.extent.size)
        do throws(LedgerFault) {
            for part in state.parts where part.first < upper && part.end > lower {
                let places = Int(max(lower, part.first) - part.first)..<Int(min(upper, part.end) - part.first)
                var scan = HeaderScan(part)
                guard case .next = try scan.run(places, visit) else { return }
            }
        } catch { throw StoreError(error, in: "scan events") }
    }
}
