internal import Basics
package import Model
package import Ports
internal import Views

/// Who authenticated, and whose tokens are void: the table `device_sessions`.
///
/// A device is known by its first fingerprint; what says another later is left out, so that of two that come at once
/// the first in the ledger is the device.
package struct DeviceSessionsView: View {
    package static let table = Table(
        "device_sessions",
        key: [.serial("id")],
        columns: [
            .varchar("device_id", 255, .required), .varchar("fingerprint", 64, .required),
            .varchar("platform", 20, .required), .json("capabilities").standing(.text("{}")),
            .varchar("token_hash", 64, .required), .timestamp("last_seen").standing(.now),
            .timestamp("created_at").standing(.now), .timestamp("updated_at").standing(.now),
            .timestamp("expires_at", .required), .boolean("revoked").standing(.no),
        ],
        indexes: [
            .unique("device_id"), .on("platform"), .on("last_seen").falling("last_seen"), .on("expires_at"),
        ]
    )

    package let schema = ViewSchema("device_sessions", version: 1, tables: [table])

    package let interest = [
        DeviceEvent.authenticatedType, DeviceEvent.revokedType, DeviceEvent.readmittedType,
    ]

    package init() {}

    package func apply(_ events: ArraySlice<StoredEvent>, in transaction: any RowsTransaction) throws(StoreError) {
        for event in events {
            guard event.head.agent == .prima, let said = DeviceEvent(event), let subject = event.head.subject else {
                continue
            }
            let former = try Self.session(of: subject.text, in: transaction)
            switch said {
            case .authenticated(let authentication):
                if let former, former.isRevoked || !former.isKnown(by: authentication.fingerprint) { continue }
                let session = DeviceSession(authentication, of: subject.text, at: event.position, after: former)
                try transaction.put(session.row, in: Self.table)
            case .revoked:
                guard var session = former else { continue }
                session.isRevoked = true
                session.updated = event.head.at ?? event.head.received.milliseconds
                try transaction.put(session.row, in: Self.table)
            case .readmitted:
                guard let session = former else { continue }
                try transaction.delete([.integer(session.id)], from: Self.table)
            }
        }
    }

    package func forget(
        _ subject: SubjectID,
        before _: Position,
        in transaction: any RowsTransaction
    ) throws(StoreError) {
        guard let session = try Self.session(of: subject.text, in: transaction) else { return }
        try transaction.delete([.integer(session.id)], from: Self.table)
    }

    /// What is known of a device.
    package static func session(of device: String, in snapshot: any RowsSnapshot) throws(StoreError) -> DeviceSession? {
        let found = try snapshot.rows(Scan(table, by: ["device_id"], prefix: [.text(device)]))
        return try found.first.map { row throws(StoreError) in try DeviceSession(row) }
    }
}
