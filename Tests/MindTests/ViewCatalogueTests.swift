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
                "3 devices 379dcb2041069f2e11c351d19d65aee8495434b5d194ddcc93bef991655fba31",
                "4 registry 73021c1d8e10588bf4ef7b2fb3c7426c860e0a88ef2770327dc9e66ea204d657",
                "5 chat f57b1a09e4735e17d7ecb8662dd1649295ad96529d1a3dda38e45d672e952c4b",
                "6 keys ed63afefab63253115c9d5ff40aaef169dfa4aee77558e54e26c32a11050260b",
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
