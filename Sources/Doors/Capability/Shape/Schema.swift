package import Basics

/// What a value looks like, as data: made from shapes, and rendered for people and for machines that ask.
package indirect enum Schema: Sendable, Equatable {
    /// No value is needed, and any is ignored.
    case nothing
    /// Whatever JSON can say.
    case any
    case bool
    case text(Text)
    case number(Number)
    /// A moment: ISO 8601 in JSON, a `Date` where there is such a thing.
    case instant
    case choice([String])
    case constant(Value)
    case list(Schema, count: ClosedRange<Int>?)
    /// An object whose keys are not known beforehand.
    case keyed(Schema)
    case object([Property])
    case nullable(Schema)
    case union([Schema])
    /// A value that comes later, where a door can wait.
    case promise(Schema)
    /// Values that come one after the other, and one at the end.
    case series(Schema, ending: Schema)
    /// A schema that goes by a name of its own.
    case named(String, Schema)

    package struct Text: Sendable, Equatable {
        /// In Unicode scalars.
        package var length: ClosedRange<Int>?
        /// A regular expression that the whole text matches; of the common subset of all dialects.
        package var pattern: String?

        package init(length: ClosedRange<Int>? = nil, pattern: String? = nil) {
            self.length = length
            self.pattern = pattern
        }
    }

    package struct Number: Sendable, Equatable {
        package enum Kind: Sendable { case any, integer }
        package enum Bound: Sendable, Equatable {
            case none
            case including(Double)
            case excluding(Double)
        }

        package var kind = Kind.any
        package var least = Bound.none
        package var most = Bound.none

        package init(_ kind: Kind = .any, least: Bound = .none, most: Bound = .none) {
            self.kind = kind
            self.least = least
            self.most = most
        }
    }

    package struct Property: Sendable, Equatable {
        package enum Presence: Sendable, Equatable {
            case required
            case optional
            /// Optional, and this when it is not there.
            case assumed(Value)
        }

        package let name: String
        package let schema: Schema
        package let presence: Presence
        /// A sentence; empty when the name says everything.
        package let documentation: String

        package init(_ name: String, _ schema: Schema, _ presence: Presence, _ documentation: String = "") {
            self.name = name
            self.schema = schema
            self.presence = presence
            self.documentation = documentation
        }
    }

    /// The schema without its name.
    package var unnamed: Schema {
        if case .named(_, let schema) = self { return schema.unnamed }
        return self
    }

    /// The properties of an object, its own or those of the object that it may be.
    package var properties: [Property] {
        switch unnamed {
        case .object(let properties): properties
        case .nullable(let schema): schema.properties
        default: []
        }
    }
}
