internal import Basics
package import Ports

extension FieldReader {
    /// The measured numbers now, of the listed particles and the newest events.
    package func measures(now: Int64) async throws(StoreError) -> FieldMeasures {
        let particles = try await particles(now: now)
        let records = try await recent(FieldMeasures.events)
        let hour = ArchaeologyQuery(range: (now - 3_600_000)...now)
        let found = try await emergence(hour).events
        return FieldMeasures(particles, records, found, now: now)
    }
}
