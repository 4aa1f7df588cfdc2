import Catalogue
import OpenSSLDriver
import Ports
import Stores
import Testing
import Views

/// What is released stays as it is.
@Suite struct ViewCatalogueTests {
    init() throws { try Crypto.prepare() }

    /// A released migration never changes: add another one.
    @Test func migrationsAreLocked() {
        let locked = SQLiteMigration.all(ViewCatalogue.migrations).map { "\($0.version) \($0.name) \($0.checksum)" }
        #expect(
            locked == [
                "1 agents e9250d0695df261af29b12449846f7d053a78591dffac784cc58ba9f621d6192",
                "2 field 02e50ac659cf7d125a1c986ed5c416815c4be8c3b4a273e703008600527b6664",
                "3 devices 0677d956b1ef6a65cb9e1169bd5d86b29bd84f11875596426273f332ce8aa7a9",
                "4 agent_registry ac69fbe0b4596ad83eedd8e9d70718bbd3f19b427a747ab18fd8a89f4adcb072",
                "5 chat b98261590de85772f89deb910de372f8833a3f48d90bdeccacc5ea7703588f22",
            ]
        )
    }

    /// What the migrations make is what the views declare.
    @Test func migrationsMakeEveryTable() {
        var tables = Migration.tables(after: ViewCatalogue.migrations)
        for view in ViewCatalogue.views {
            for table in view.schema.tables { #expect(tables.removeValue(forKey: table.name) == table) }
        }
        #expect(tables.isEmpty)
        #expect(Set(ViewCatalogue.views.map(\.name)).count == ViewCatalogue.views.count)
    }
}
