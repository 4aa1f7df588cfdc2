package import Basics

/// An output that was written elsewhere, as JSON: where many are answered with the same bytes, or a view has them.
package struct Prepared: Sendable {
    package let json: [UInt8]

    package init(_ json: [UInt8]) { self.json = json }

    /// An object of these fields.
    package init(_ write: (inout JSONWriter) -> Void) {
        var out = JSONWriter()
        out.openObject()
        write(&out)
        out.closeObject()
        json = out.bytes
    }
}

extension Shape where Content == Prepared {
    /// What such a document looks like: its writer keeps to it, and the tests of its capability hold it to that.
    package static func prepared(_ schema: Schema) -> Shape<Prepared> {
        Shape(
            schema,
            read: { _, reading in
                reading.fail(.other, "prepared documents are sent, not taken")
                return nil
            },
            write: { prepared, writer in writer.prepared(prepared.json.raw) }
        )
    }
}
