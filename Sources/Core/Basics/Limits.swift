/// Every limit of what may be said to Prima, in one place.
///
/// A test checks how they relate. What crosses one of them is refused, never cut.
package enum Limits {
    // MARK: Numbers

    /// Integers stay within ± this: doubles hold every one of them exactly.
    package static let integer: Int64 = 1 << 53
    /// Numbers of events, counters of clocks: 1 to this.
    package static let counter: Int64 = integer - 1

    // MARK: An event

    /// The body of an event, as canonical CBOR.
    package static let dataBytes = 64 * 1024
    /// How deep a body nests; the body itself is the first level.
    package static let dataDepth = 64
    package static let identifierScalars = 128
    package static let typeBytes = 50
    package static let clockEntries = 64
    package static let causes = 64
    package static let saltBytes = 16
    package static let publicKeyBytes = 32
    package static let signatureBytes = 64

    // MARK: A request

    package static let requestEvents = 10_000
    package static let requestBytes = 8 * 1024 * 1024
    /// Bad fields named in one refusal.
    package static let problems = 100

    // MARK: The codecs

    /// An identifier's longest UTF-8.
    package static let identifierBytes = identifierScalars * 4
    /// Beyond this nothing is read on: the document is unreadable, whatever it says.
    package static let readableDepth = 1024
    /// How deep a document nests when nobody said otherwise.
    package static let documentDepth = 128
}
