internal import Basics
package import Model
package import Ports
internal import Views

/// The field: what all that was said adds up to.
///
/// Effects come from bodies; who was seen when, and the times of updates, from heads. So forgetting a subject takes
/// back what its bodies did, exactly, and nothing else.
package struct FieldView: View {
    package static let name: ViewName = "field"

    package let schema = ViewSchema(name, version: 1, tables: FieldTables.all)

    package init() {}

    package func apply(_ events: ArraySlice<StoredEvent>, in transaction: any RowsTransaction) throws(StoreError) {
        // The row of the whole field is as of the last event that it takes notice of, and is not written without one.
        let last = events.lastIndex { FieldKind($0.head.type) != nil }
        let border = last.map { $0 + 1 } ?? events.startIndex
        if border > events.startIndex { try fold(events[..<border], in: transaction, .field) }
        if border < events.endIndex { try fold(events[border...], in: transaction, .presence) }
    }

    private func fold(
        _ events: ArraySlice<StoredEvent>,
        in transaction: any RowsTransaction,
        _ matter: FieldPage.Matter
    ) throws(StoreError) {
        var page = try FieldPage(matter, in: transaction)
        for event in events { try page.step(event) }
        try page.finish()
    }

    package func forget(
        _ subject: SubjectID,
        before _: Position,
        in transaction: any RowsTransaction
    ) throws(StoreError) {
        var forgetting = try FieldForgetting(subject, in: transaction)
        try forgetting.run()
    }
}
