import Catalogue
import Field
import Model
import OpenSSLDriver
import Ports
import SQLiteDriver
import Stores
import TestSupport
import Testing

/// A migrated database has the tables that people know, to the letter.
@Suite struct FieldTablesTests {
    /// Table, column, type, whether it is required, what stands there by itself.
    private static let columns =
        [
            "consciousness_states id INTEGER null -", "consciousness_states node_id VARCHAR(255) required -",
            "consciousness_states global_resonance REAL null 0.5", "consciousness_states active_nodes INTEGER null 0",
            "consciousness_states memory_particles TEXT null '[]'",
            "consciousness_states quantum_fields TEXT null '[]'",
            "consciousness_states collective_intelligence REAL null 0.3",
            "consciousness_states room64_active BOOLEAN null false",
            "consciousness_states last_update INTEGER null now",
            "consciousness_events id BIGINT required -", "consciousness_events device_id VARCHAR(255) required -",
            "consciousness_events type VARCHAR(50) required -", "consciousness_events data TEXT required -",
            "consciousness_events timestamp INTEGER required -", "consciousness_events processed BOOLEAN null false",
            "consciousness_events intensity REAL null -",
            "room64_sessions id INTEGER null -", "room64_sessions room_id VARCHAR(255) required -",
            "room64_sessions participants TEXT null '[]'", "room64_sessions collective_state TEXT required -",
            "room64_sessions created INTEGER null now", "room64_sessions last_activity INTEGER null now",
            "entanglements id INTEGER null -", "entanglements entanglement_id VARCHAR(255) required -",
            "entanglements source_device VARCHAR(255) required -", "entanglements target_device VARCHAR(255) null -",
            "entanglements type VARCHAR(50) required -", "entanglements intensity REAL null 0.5",
            "entanglements status VARCHAR(20) null 'active'", "entanglements established INTEGER null now",
            "vector_clocks device_id VARCHAR(255) required -", "vector_clocks subject VARCHAR(255) required -",
            "vector_clocks clock TEXT null '{}'", "vector_clocks version BIGINT null 0",
            "vector_clocks updated INTEGER null now",
            "device_sessions id INTEGER null -", "device_sessions device_id VARCHAR(255) required -",
            "device_sessions fingerprint VARCHAR(64) required -", "device_sessions platform VARCHAR(20) required -",
            "device_sessions capabilities TEXT null '{}'", "device_sessions token_hash VARCHAR(64) required -",
            "device_sessions last_seen INTEGER null now", "device_sessions created_at INTEGER null now",
            "device_sessions updated_at INTEGER null now", "device_sessions expires_at INTEGER required -",
            "device_sessions revoked BOOLEAN null false",
        ]
        + ["field_conflicts", "field_conflicts_archive"].flatMap { table in
            [
                "id BIGINT required -", "subject VARCHAR(255) null -", "winner BIGINT required -",
                "winner_device VARCHAR(255) null -", "loser_device VARCHAR(255) null -", "winner_clock TEXT null -",
                "loser_clock TEXT null -", "loser_value TEXT null -", "rule VARCHAR(20) null -",
                "status VARCHAR(20) null 'open'", "detected INTEGER null -", "resolved INTEGER null -",
            ].map { "\(table) \($0)" }
        }

    /// Table, columns in their order, condition.
    private static let indexes: Set = [
        "consciousness_states unique (node_id)", "consciousness_states (last_update DESC)",
        "consciousness_events (device_id)", "consciousness_events (timestamp DESC)", "consciousness_events (type)",
        "consciousness_events (device_id, timestamp DESC)",
        "consciousness_events (type, intensity) WHERE intensity > 0.5",
        "consciousness_events (timestamp DESC) WHERE NOT processed",
        "room64_sessions (room_id)", "room64_sessions (last_activity DESC)",
        "room64_sessions (last_activity DESC) WHERE participants <> '[]'",
        "entanglements unique (entanglement_id)", "entanglements (source_device)", "entanglements (target_device)",
        "entanglements (status)", "entanglements (source_device, target_device) WHERE status = 'active'",
        "vector_clocks (updated DESC)", "device_sessions unique (device_id)", "device_sessions (platform)",
        "device_sessions (last_seen DESC)", "device_sessions (expires_at)",
        "field_conflicts (status, detected DESC)", "field_conflicts_archive (status, detected DESC)",
    ]

    private let folder: TemporaryFolder

    init() throws {
        try Crypto.prepare()
        folder = try TemporaryFolder()
    }

    private func migrated() async throws -> Connection {
        let path = folder.path + "/rows.db"
        let rows = try await SQLiteRows.open(path, migrations: ViewCatalogue.migrations, clock: StillClock())
        await rows.close()
        return try Connection(path: path, .readWrite, patience: .seconds(1))
    }

    private func lines(_ connection: Connection, _ sql: String) throws -> [String] {
        try connection.withStatement(sql) { statement throws(Failure) in
            var lines: [String] = []
            while try statement.step() == .row { lines.append(statement.text(at: 0)) }
            return lines
        }
    }

    private var names: String {
        Set(Self.columns.map { $0.split(separator: " ")[0] }).map { "'\($0)'" }.joined(separator: ",")
    }

    @Test func columnsAreAsWritten() async throws {
        let found = try lines(
            try await migrated(),
            """
            SELECT m.name || ' ' || c.name || ' ' || c.type
                || CASE c."notnull" WHEN 1 THEN ' required ' ELSE ' null ' END
                || CASE WHEN c.dflt_value LIKE 'CAST((julianday%' THEN 'now' ELSE coalesce(c.dflt_value, '-') END
            FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name IN (\(names))
            """
        )
        #expect(Set(found) == Set(Self.columns))
        #expect(found.count == Self.columns.count)
    }

    @Test func indexesAreAsWritten() async throws {
        let found = try lines(
            try await migrated(),
            "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (\(names))"
        )
        let short = found.map { sql in
            let words = sql.filter { $0 != "\"" }.split(separator: " ", maxSplits: 1)[1]
            let unique = words.hasPrefix("UNIQUE") ? "unique " : ""
            let rest = words.split(separator: " ON ", maxSplits: 1).last ?? ""
            let table = rest.prefix { $0 != " " }
            return "\(table) \(unique)\(rest.dropFirst(table.count + 1))"
        }
        #expect(Set(short) == Self.indexes)
        #expect(found.count == Self.indexes.count)
    }

    @Test func whatIsOutOfRangeIsRefused() async throws {
        let connection = try await migrated()
        try connection.execute("INSERT INTO consciousness_states (node_id) VALUES ('n')")
        #expect(try connection.integer("SELECT last_update > 1600000000000 FROM consciousness_states") == 1)
        #expect(try connection.text("SELECT typeof(room64_active) FROM consciousness_states") == "integer")
        for change in ["global_resonance = 1.01", "collective_intelligence = -0.1", "active_nodes = -1"] {
            #expect(throws: Failure.self) { try connection.execute("UPDATE consciousness_states SET \(change)") }
        }
        let insert = "INSERT INTO consciousness_events (id, device_id, type, data, timestamp, intensity) VALUES"
        try connection.execute("\(insert) (1, 'd', 't', '{}', 0, NULL)")
        #expect(throws: Failure.self) { try connection.execute("\(insert) (2, 'd', 't', '{}', 0, 1.5)") }
    }
}
