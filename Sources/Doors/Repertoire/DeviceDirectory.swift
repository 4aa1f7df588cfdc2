internal import Devices
internal import Field
internal import Model
package import Ports

/// Lists the devices that are there: those with a session, seen lately by a call, an authentication or an event.
package struct DeviceDirectory: Sendable {
    private let rows: any Rows

    package init(_ rows: any Rows) { self.rows = rows }

    struct Active: Sendable {
        let device: String
        let platform: String
        let lastSeen: Int64
    }

    /// At most so many are listed.
    static let listed = 100

    /// Those of the five minutes before `now`, the one seen last first.
    func active(now: Int64) async throws(StoreError) -> [Active] {
        let border = now - FieldTotals.activity
        return try await rows.read(.live) { snapshot throws(StoreError) in
            var scan = Scan(FieldTables.nodes, by: ["last_seen"])
            scan.from = .including(.integer(border))
            scan.order = .descending
            scan.limit = Self.listed
            var active: [Active] = []
            for row in try snapshot.rows(scan) {
                guard let device = row[0].text, let seen = row[2].integer else { continue }
                let session = try DeviceSessionsView.session(of: device, in: snapshot)
                active.append(
                    Active(
                        device: device,
                        platform: session?.platform ?? "unknown",
                        lastSeen: max(seen, session?.lastSeen ?? seen)
                    )
                )
            }
            return active
        }
    }
}
