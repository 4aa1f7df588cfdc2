package import Ports

/// The views that Prima keeps, and how their tables came to be.
package enum ViewCatalogue {
    package static let views: [any View] = [AgentsView()]

    /// Forward only; a released one never changes, and a test holds the checksum of each.
    package static let migrations = [
        Migration(1, "agents", [.create(AgentsView.table)])
    ]
}
