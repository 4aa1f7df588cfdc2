/// Every limit of what may be said to Prima, in one place.
///
/// Computed, so that they are constants to every module: a stored one costs a call in the codecs. A test checks how
/// they relate. What crosses one of them is refused, never cut.
package enum Limits {
    // MARK: Numbers

    /// Integers stay within ± this: doubles hold every one of them exactly.
    @inlinable package static var integer: Int64 { 1 << 53 }
    /// Numbers of events, counters of clocks: 1 to this.
    @inlinable package static var counter: Int64 { integer - 1 }

    // MARK: An event

    /// The body of an event, as canonical CBOR.
    @inlinable package static var dataBytes: Int { 64 * 1024 }
    /// How deep a body nests; the body itself is the first level.
    @inlinable package static var dataDepth: Int { 64 }
    @inlinable package static var identifierScalars: Int { 128 }
    @inlinable package static var deviceBytesAtLeast: Int { 10 }
    @inlinable package static var typeBytes: Int { 50 }
    @inlinable package static var clockEntries: Int { 64 }
    @inlinable package static var causes: Int { 64 }
    @inlinable package static var saltBytes: Int { 16 }
    @inlinable package static var publicKeyBytes: Int { 32 }
    @inlinable package static var signatureBytes: Int { 64 }

    // MARK: A request

    @inlinable package static var requestEvents: Int { 10_000 }
    @inlinable package static var requestBytes: Int { 8 * 1024 * 1024 }
    /// Bad fields named in one refusal.
    @inlinable package static var problems: Int { 100 }

    // MARK: The codecs

    /// An identifier's longest UTF-8.
    @inlinable package static var identifierBytes: Int { identifierScalars * 4 }
    /// Beyond this nothing is read on: the document is unreadable, whatever it says.
    @inlinable package static var readableDepth: Int { 1024 }
    /// How deep a document nests when nobody said otherwise.
    @inlinable package static var documentDepth: Int { 128 }
}
