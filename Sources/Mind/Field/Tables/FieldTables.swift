package import Ports

/// The tables of the field, as people find them under their own names, and those that the fold needs beside them.
package enum FieldTables {
    // MARK: The contract's

    package static let states = Table(
        "consciousness_states",
        key: [.serial("id")],
        columns: [
            .varchar("node_id", 255, .required), .real("global_resonance", .optional).standing(.real(0.5)),
            .integer("active_nodes", .optional).standing(.integer(0)),
            .json("memory_particles").standing(.text("[]")), .json("quantum_fields").standing(.text("[]")),
            .real("collective_intelligence", .optional).standing(.real(0.3)),
            .boolean("room64_active").standing(.no), .timestamp("last_update").standing(.now),
        ],
        indexes: [.unique("node_id"), .on("last_update").falling("last_update")],
        checks: [.unit("global_resonance"), .unit("collective_intelligence"), .atLeast(0, "active_nodes")]
    )

    package static let events = Table(
        "consciousness_events",
        key: [.bigInteger("id")],
        columns: [
            .varchar("device_id", 255, .required), .varchar("type", 50, .required), .json("data", .required),
            .timestamp("timestamp", .required), .boolean("processed").standing(.no), .real("intensity", .optional),
        ],
        indexes: [
            .on("device_id"), .on("timestamp").falling("timestamp"), .on("type"),
            .on("device_id", "timestamp").falling("timestamp"),
            .on("type", "intensity").only(.above("intensity", 0.5)),
            .on("timestamp").falling("timestamp").only(.isFalse("processed")),
        ],
        checks: [.unit("intensity")]
    )

    package static let rooms = Table(
        "room64_sessions",
        key: [.serial("id")],
        columns: [
            .varchar("room_id", 255, .required), .json("participants").standing(.text("[]")),
            .json("collective_state", .required), .timestamp("created").standing(.now),
            .timestamp("last_activity").standing(.now),
        ],
        indexes: [
            .on("room_id"), .on("last_activity").falling("last_activity"),
            .on("last_activity").falling("last_activity").only(.notEmpty("participants")),
        ]
    )

    package static let entanglements = Table(
        "entanglements",
        key: [.serial("id")],
        columns: [
            .varchar("entanglement_id", 255, .required), .varchar("source_device", 255, .required),
            .varchar("target_device", 255), .varchar("type", 50, .required),
            .real("intensity", .optional).standing(.real(0.5)),
            .varchar("status", 20).standing(.text("active")), .timestamp("established").standing(.now),
        ],
        indexes: [
            .unique("entanglement_id"), .on("source_device"), .on("target_device"), .on("status"),
            .on("source_device", "target_device").only(.equals("status", "active")),
        ]
    )

    package static let clocks = Table(
        "vector_clocks",
        key: [.varchar("device_id", 255, .required), .varchar("subject", 255, .required)],
        columns: [
            .json("clock").standing(.text("{}")), .bigInteger("version", .optional).standing(.integer(0)),
            .timestamp("updated").standing(.now),
        ],
        indexes: [.on("updated").falling("updated")]
    )

    package static let conflicts = conflicts("field_conflicts")
    /// What left the newest fifty.
    package static let archivedConflicts = conflicts("field_conflicts_archive")

    private static func conflicts(_ name: String) -> Table {
        Table(
            name,
            key: [.bigInteger("id")],
            columns: [
                .varchar("subject", 255), .bigInteger("winner", .required), .varchar("winner_device", 255),
                .varchar("loser_device", 255), .json("winner_clock"), .json("loser_clock"), .json("loser_value"),
                .varchar("rule", 20), .varchar("status", 20).standing(.text("open")), .timestamp("detected"),
                .timestamp("resolved"),
            ],
            indexes: [.on("status", "detected").falling("detected")]
        )
    }

    // MARK: The fold's own

    /// One row: what `FieldTotals` holds, since no fold resumes from a rounded number.
    package static let totals = Table(
        "field_totals",
        key: [.integer("id")],
        columns: [
            .integer("resonance"), .integer("intelligence"), .integer("active_rooms"), .integer("last_update"),
            .integer("received"), .integer("active_nodes"), .integer("particles"), .integer("fields"),
            .integer("forgets"),
        ]
    )

    /// Who was seen when, by the heads of events, and what each added.
    package static let nodes = Table(
        "field_nodes",
        key: [.text("device")],
        columns: [
            .integer("first"), .integer("last_seen"), .integer("last_update"), .integer("events"),
            .integer("resonance"), .integer("intelligence"), .integer("rooms"),
        ],
        indexes: [.on("last_seen")]
    )

    /// Events that are somebody else's data than their device's.
    package static let foreign = Table(
        "field_foreign_events",
        key: [.text("subject"), .integer("position")],
        columns: [.text("device")],
        indexes: [.on("device", "position")]
    )

    /// The cells of phrases that named none.
    package static let cells = Table("field_cells", key: [.integer("position")], columns: [.integer("cell")])

    /// What happened in rooms: a room that forgets somebody is made again from this.
    package static let roomEvents = Table(
        "field_room_events",
        key: [.integer("position")],
        columns: [
            .text("room"), .text("device"), .text("subject"), .text("type"), .integer("at"),
            .real("phase", .optional), .integer("level", .optional), .text("phrase", .optional),
            .integer("active_rooms"),
        ],
        indexes: [.on("room"), .on("subject")]
    )

    /// The totals after every so many positions: where a look at the past begins.
    package static let checkpoints = Table(
        "field_checkpoints",
        key: [.integer("position")],
        columns: [
            .integer("resonance"), .integer("intelligence"), .integer("active_rooms"), .integer("last_update"),
        ]
    )

    package static let all = [
        states, events, rooms, entanglements, clocks, conflicts, archivedConflicts, totals, nodes, foreign, cells,
        roomEvents, checkpoints,
    ]
}
