extension Shape {
    /// A list of so many elements.
    package static func list<Element: Sendable>(
        of element: Shape<Element>,
        count: ClosedRange<Int>? = nil
    ) -> Shape where Content == [Element] {
        Shape(
            .list(element.schema, count: count),
            read: { datum, reading in
                guard case .list(let list) = datum else {
                    reading.fail(expected: "array", found: datum)
                    return nil
                }
                if let count, list.count < count.lowerBound {
                    reading.fail(.tooSmall, "expected at least \(count.lowerBound) elements")
                } else if let count, list.count > count.upperBound {
                    reading.fail(.tooLarge, "expected at most \(count.upperBound) elements")
                    return nil
                }
                var elements: [Element] = []
                elements.reserveCapacity(list.count)
                for (index, datum) in list.enumerated() {
                    let read = reading.below(.index(index)) { element.read(datum, &$0) }
                    if let read { elements.append(read) }
                }
                return elements.count == list.count ? elements : nil
            },
            write: { list, writer in
                writer.list { writer in
                    for (index, content) in list.enumerated() {
                        writer.element(index) { element.write(content, &$0) }
                    }
                }
            }
        )
    }

    /// An object whose keys the caller chooses; their order is kept.
    package static func keyed<Element: Sendable>(
        of element: Shape<Element>,
        most: Int
    ) -> Shape where Content == [Keyed<Element>] {
        Shape(
            .keyed(element.schema),
            read: { datum, reading in
                guard case .object(let entries) = datum else {
                    reading.fail(expected: "object", found: datum)
                    return nil
                }
                guard entries.list.count <= most else {
                    reading.fail(.tooLarge, "expected at most \(most) keys")
                    return nil
                }
                var keyed: [Keyed<Element>] = []
                var isWhole = true
                for entry in entries.list where entry.value != .absent {
                    let read = reading.below(.key(entry.key)) { element.read(entry.value, &$0) }
                    if let read { keyed.append(Keyed(entry.key, read)) } else { isWhole = false }
                }
                return isWhole ? keyed : nil
            },
            write: { keyed, writer in
                writer.object { writer in
                    for entry in keyed { writer.entry(entry.key) { element.write(entry.content, &$0) } }
                }
            }
        )
    }

    /// The value, or null where there is none.
    package static func nullable<Present: Sendable>(
        _ present: Shape<Present>
    ) -> Shape where Content == Present? {
        Shape(
            .nullable(present.schema),
            read: { datum, reading in
                if datum == .null { return .some(nil) }
                guard let content = present.read(datum, &reading) else { return nil }
                return .some(content)
            },
            write: { content, writer in
                if let content { present.write(content, &writer) } else { writer.null() }
            }
        )
    }

    /// One of several shapes: the first that fits what is read, the one whose value it is when it is written.
    package static func union<each Part: Sendable>(
        _ variants: repeat Variant<Content, each Part>
    ) -> Shape {
        var schemas: [Schema] = []
        repeat schemas.append((each variants).shape.schema)
        return Shape(
            .union(schemas),
            read: { datum, reading in
                for variant in repeat each variants {
                    let (content, faults) = reading.trial { variant.shape.read(datum, &$0) }
                    if let content, faults.isEmpty { return variant.whole(content) }
                }
                reading.fail(.noVariant, "it is none of the forms that are allowed here")
                return nil
            },
            write: { content, writer in
                for variant in repeat each variants {
                    if let part = variant.part(content) { return variant.shape.write(part, &writer) }
                }
                preconditionFailure("every value of a union belongs to one of its variants")
            }
        )
    }
}

/// A value under a key that the caller chose.
package struct Keyed<Content: Sendable>: Sendable {
    package let key: String
    package let content: Content

    package init(_ key: String, _ content: Content) {
        self.key = key
        self.content = content
    }
}

extension Keyed: Equatable where Content: Equatable {}

/// One of the shapes that a value may have.
package struct Variant<Whole, Part: Sendable>: Sendable {
    let shape: Shape<Part>
    let whole: @Sendable (Part) -> Whole
    let part: @Sendable (Whole) -> Part?

    /// `part` answers nil for values of other variants.
    package init(
        _ shape: Shape<Part>,
        whole: @escaping @Sendable (Part) -> Whole,
        part: @escaping @Sendable (Whole) -> Part?
    ) {
        self.shape = shape
        self.whole = whole
        self.part = part
    }
}
