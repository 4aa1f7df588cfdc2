/// One thing that Prima can do, declared once: every door renders it, and none adds anything.
///
/// A declaration is a page: what it is called, what it does, who may ask for it and how often, what it takes and gives,
/// an example, and the function that does it. Its parser, its schema and every document are made from the page.
package struct Capability: Sendable {
    package enum Kind: String, Sendable, Hashable { case query, mutation, subscription }

    /// From where pages may call.
    package enum Sharing: Sendable, Hashable {
        /// From every site: the capabilities that the apps in the field were written against.
        case everySite
        /// From Prima's own sites, and those of the configuration.
        case ownSites
    }

    package let name: CapabilityName
    package let kind: Kind
    /// What it does: a sentence, and perhaps more behind it.
    package let documentation: String
    package let access: Access
    package let sharing: Sharing
    /// Nil: as often as one likes.
    package let limit: RateClass?
    package let input: Schema
    package let output: Schema
    package let example: Example
    /// Where else plain HTTP finds it.
    package let alias: Alias?
    let action: Action

    /// A path that clients knew before there were capabilities; it answers the same, by GET.
    package struct Alias: Sendable {
        package let path: StaticString
        /// The input's field that the path's last segment is; nil when the path ends as it is.
        package let parameter: StaticString?
        package let content: Content

        package enum Content: Sendable {
            case json
            /// The output is one text, and sent as it is.
            case text(StaticString)
        }

        package init(_ path: StaticString, parameter: StaticString? = nil, content: Content = .json) {
            self.path = path
            self.parameter = parameter
            self.content = content
        }
    }

    enum Action: Sendable {
        case call(@Sendable (Datum, Call, Permission) async throws(Refusal) -> Reply)
        case subscribe(@Sendable (Datum, Call, Permission) async throws(Refusal) -> Subscription)
    }

    /// Asked once the input is parsed: a call that is refused before has cost nothing.
    typealias Permission = @Sendable () throws(Refusal) -> Void

    /// An input that a reader learns from, and that tests send through every door.
    package struct Example: Sendable {
        package let input: Datum
        /// How it ends on a server that has seen nothing yet.
        package let ending: Ending

        package enum Ending: Sendable, Hashable {
            case answered
            case refused(Refusal.Code)
        }
    }
}

extension Capability {
    /// A question: it changes nothing, and may be asked again.
    package static func query<Input: Sendable, Output: Sendable>(
        _ name: CapabilityName,
        _ documentation: String,
        access: Access,
        sharing: Sharing = .ownSites,
        limit: RateClass? = nil,
        alias: Alias? = nil,
        input: Shape<Input>,
        output: Shape<Output>,
        example: Input,
        ending: Example.Ending = .answered,
        position: @escaping @Sendable (Output) -> Int64? = { _ in nil },
        handler: @escaping @Sendable (Input, Call) async throws(Refusal) -> Output
    ) -> Capability {
        Capability(
            name: name,
            kind: .query,
            documentation: documentation,
            access: access,
            sharing: sharing,
            limit: limit,
            input: input.schema,
            output: output.schema,
            example: Example(input: input.datum(example), ending: ending),
            alias: alias,
            action: .call { (datum, call, permission) async throws(Refusal) in
                let value = try input.parse(datum)
                try permission()
                let answer = try await handler(value, call)
                return Reply(answer, output, position: position(answer))
            }
        )
    }

    /// A change: it is durable, and shown by the views that it touches, when it is answered.
    package static func mutation<Input: Sendable, Output: Sendable>(
        _ name: CapabilityName,
        _ documentation: String,
        access: Access,
        sharing: Sharing = .ownSites,
        limit: RateClass? = nil,
        input: Shape<Input>,
        output: Shape<Output>,
        example: Input,
        ending: Example.Ending = .answered,
        position: @escaping @Sendable (Output) -> Int64? = { _ in nil },
        handler: @escaping @Sendable (Input, Call) async throws(Refusal) -> Output
    ) -> Capability {
        Capability(
            name: name,
            kind: .mutation,
            documentation: documentation,
            access: access,
            sharing: sharing,
            limit: limit,
            input: input.schema,
            output: output.schema,
            example: Example(input: input.datum(example), ending: ending),
            alias: nil,
            action: .call { (datum, call, permission) async throws(Refusal) in
                let value = try input.parse(datum)
                try permission()
                let answer = try await handler(value, call)
                return Reply(answer, output, position: position(answer))
            }
        )
    }

    /// Values that go on coming; a reader that was cut off resumes after the last one that it has.
    package static func subscription<Input: Sendable, Output: Sendable, Values: AsyncSequence & Sendable>(
        _ name: CapabilityName,
        _ documentation: String,
        access: Access,
        sharing: Sharing = .ownSites,
        limit: RateClass? = nil,
        input: Shape<Input>,
        output: Shape<Output>,
        example: Input,
        ending: Example.Ending = .answered,
        handler: @escaping @Sendable (Input, Call) async throws(Refusal) -> Values
    ) -> Capability where Values.Element == Tracked<Output>, Values.Failure == Refusal {
        Capability(
            name: name,
            kind: .subscription,
            documentation: documentation,
            access: access,
            sharing: sharing,
            limit: limit,
            input: input.schema,
            output: output.schema,
            example: Example(input: input.datum(example), ending: ending),
            alias: nil,
            action: .subscribe { (datum, call, permission) async throws(Refusal) in
                let value = try input.parse(datum)
                try permission()
                return Subscription(try await handler(value, call), output)
            }
        )
    }
}

extension Shape {
    /// A value as a caller would say it.
    fileprivate func datum(_ content: Content) -> Datum {
        var writer = OutputWriter(.plain)
        write(content, &writer)
        let rendition = writer.finished()
        return rendition.isAbsent ? .absent : Datum(rendition.value)
    }
}
