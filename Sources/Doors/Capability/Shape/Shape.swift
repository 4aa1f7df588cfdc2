/// How a value of one type looks outside: its schema, how it is parsed, and how it is written.
///
/// Shapes are made of shapes, so that schema, parser and writer cannot differ: none of them is ever written by hand.
/// What a shape reads is valid; whoever gets it checks nothing again.
package struct Shape<Content>: Sendable {
    package typealias Read = @Sendable (Datum, inout Reading) -> Content?
    package typealias Write = @Sendable (Content, inout OutputWriter) -> Void

    package let schema: Schema
    /// Nil when something was wrong, which the reading then knows.
    package let read: Read
    package let write: Write

    package init(_ schema: Schema, read: @escaping Read, write: @escaping Write) {
        self.schema = schema
        self.read = read
        self.write = write
    }

    /// Parses a whole input, or says everything that is wrong with it.
    package func parse(_ datum: Datum) throws(Refusal) -> Content {
        var reading = Reading()
        let content = read(datum, &reading)
        guard let content, reading.isSound else { throw .invalid(reading.faults) }
        return content
    }

    /// The same shape under a name, by which documents refer to it.
    package func named(_ name: String) -> Shape {
        Shape(.named(name, schema), read: read, write: write)
    }

    /// A shape of values that are made of these: `parse` may refuse some, and `plain` brings them back.
    package func parsed<Parsed>(
        _ parse: @escaping @Sendable (Content) throws(Unfit) -> Parsed,
        plain: @escaping @Sendable (Parsed) -> Content
    ) -> Shape<Parsed> {
        Shape<Parsed>(
            schema,
            read: { datum, reading in
                guard let content = read(datum, &reading) else { return nil }
                do throws(Unfit) {
                    return try parse(content)
                } catch {
                    reading.fail(error.code, error.message)
                    return nil
                }
            },
            write: { parsed, writer in write(plain(parsed), &writer) }
        )
    }

    /// Why a value of the right type is not one of those that are meant.
    package struct Unfit: Error {
        package let code: Fault.Code
        package let message: String

        package init(_ code: Fault.Code, _ message: String) {
            self.code = code
            self.message = message
        }

        package init(_ message: String) { self.init(.wrongFormat, message) }
    }
}
