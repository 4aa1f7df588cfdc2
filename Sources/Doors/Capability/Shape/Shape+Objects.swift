internal import Basics

/// One field of an object: its name, where it stands in the value, its shape, and a sentence for its readers.
package struct Field<Whole, Part: Sendable>: Sendable {
    let property: Schema.Property
    let read: @Sendable (Datum, inout Reading) -> Part?
    /// Writes the field with its name, or nothing.
    let write: @Sendable (Whole, inout OutputWriter) -> Void

    /// A field that is always there.
    package init(
        _ name: StaticString,
        _ part: @escaping @Sendable (Whole) -> Part,
        _ shape: Shape<Part>,
        _ documentation: String = ""
    ) {
        property = Schema.Property("\(name)", shape.schema, .required, documentation)
        read = shape.read
        write = { whole, writer in writer.field(name) { shape.write(part(whole), &$0) } }
    }

    /// A field that may be left out: nil then, and nil is left out.
    package static func optional<Present: Sendable>(
        _ name: StaticString,
        _ part: @escaping @Sendable (Whole) -> Present?,
        _ shape: Shape<Present>,
        _ documentation: String = ""
    ) -> Field where Part == Present? {
        Field(
            property: Schema.Property("\(name)", shape.schema, .optional, documentation),
            read: { datum, reading in
                if datum == .absent { return .some(nil) }
                guard let present = shape.read(datum, &reading) else { return nil }
                return .some(present)
            },
            write: { whole, writer in
                guard let present = part(whole) else { return }
                writer.field(name) { shape.write(present, &$0) }
            }
        )
    }

    /// A field that may be left out, and then has this value.
    package static func assumed(
        _ name: StaticString,
        _ part: @escaping @Sendable (Whole) -> Part,
        _ shape: Shape<Part>,
        _ value: Part,
        _ documentation: String = ""
    ) -> Field {
        var writer = OutputWriter(.plain)
        shape.write(value, &writer)
        return Field(
            property: Schema.Property("\(name)", shape.schema, .assumed(writer.finished().value), documentation),
            read: { datum, reading in datum == .absent ? value : shape.read(datum, &reading) },
            write: { whole, writer in writer.field(name) { shape.write(part(whole), &$0) } }
        )
    }

    private init(
        property: Schema.Property,
        read: @escaping @Sendable (Datum, inout Reading) -> Part?,
        write: @escaping @Sendable (Whole, inout OutputWriter) -> Void
    ) {
        self.property = property
        self.read = read
        self.write = write
    }
}

extension Shape {
    /// An object: what makes the value of its parts, and a field for each part, in that order.
    ///
    /// All fields are read, so that one refusal names every bad one. Keys that no field names are ignored. Where every
    /// field may be left out, so may the object.
    package static func object<each Part: Sendable>(
        _ make: @escaping @Sendable (repeat each Part) -> Content,
        _ fields: repeat Field<Content, each Part>
    ) -> Shape {
        var properties: [Schema.Property] = []
        repeat properties.append((each fields).property)
        let mayBeAbsent = !properties.contains { $0.presence == .required }
        return Shape(
            .object(properties),
            read: { datum, reading in
                let entries: Entries
                switch datum {
                case .object(let present): entries = present
                case .absent where mayBeAbsent: entries = Entries()
                default:
                    reading.fail(expected: "object", found: datum)
                    return nil
                }
                let parts = (repeat (each fields).read(from: entries, &reading))
                do throws(Missing) {
                    return make(repeat try Self.present(each parts))
                } catch {
                    return nil
                }
            },
            write: { content, writer in
                writer.object { writer in repeat (each fields).write(content, &writer) }
            }
        )
    }

    private struct Missing: Error {}

    private static func present<Part>(_ part: Part?) throws(Missing) -> Part {
        guard let part else { throw Missing() }
        return part
    }
}

extension Field {
    fileprivate func read(from entries: Entries, _ reading: inout Reading) -> Part? {
        reading.below(.key(property.name)) { read(entries[property.name], &$0) }
    }
}
