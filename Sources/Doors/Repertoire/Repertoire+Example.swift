internal import Capability
internal import Model

/// Whether anybody is there at all.
extension Repertoire {
    var example: [Capability] { [Self.hello] }

    private struct Greeting: Sendable {
        let name: String

        static let shape = Shape.object(Greeting.init, Field("name", \.name, .text(length: 0...1000), "Whom to greet."))
    }

    private struct Greeted: Sendable {
        let hello: String
        let date: Instant

        static let shape = Shape.object(
            Greeted.init,
            Field("hello", \.hello, .text, "The name again."),
            Field("date", \.date, .instant, "When it was greeted.")
        )
    }

    private static let hello = Capability.mutation(
        "example.hi",
        "Greets, to show that the server is there.",
        access: .anyone,
        sharing: .everySite,
        input: Greeting.shape,
        output: Greeted.shape,
        example: Greeting(name: "Prima")
    ) { greeting, call in Greeted(hello: greeting.name, date: call.now) }
}
