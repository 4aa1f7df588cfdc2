package import Basics

/// An allocation-free look at canonical bytes: where the fields are that look-ups need, and the numbers themselves.
///
/// Ranges are of the content, without its CBOR head. For bytes that were checked when they were stored: the forms,
/// lengths and order of the fields are checked again, the UTF-8 and the rules of names are not.
package struct CanonicalFields: Sendable {
    package let key: Range<Int>?
    package let room: Range<Int>?
    package let type: Range<Int>
    package let agent: Range<Int>
    package let commit: Range<Int>
    package let number: Int64?
    package let writer: Writer
    package let subject: Range<Int>?
    package let position: Position
    package let received: HybridTime
    package let publicKey: Range<Int>?
    package let signature: Range<Int>?

    /// Whose data the body is: the range of the subject, or else of the agent.
    package var owner: Range<Int> { subject ?? agent }

    package init(_ bytes: RawSpan) throws(CBORError) {
        var cursor = CanonicalCursor(bytes)
        let count = try cursor.mapCount()
        // Fields stand in one order only, so each is either next or absent.
        var found = 6
        if cursor.takes(.at) {
            _ = try cursor.integer()
            found &+= 1
        }
        key = try cursor.takes(.key) ? cursor.text() : nil
        room = try cursor.takes(.room) ? cursor.text() : nil
        try cursor.require(.type)
        type = try cursor.text()
        try cursor.require(.agent)
        agent = try cursor.text()
        if cursor.takes(.clock) {
            try cursor.passClock()
            found &+= 1
        }
        if cursor.takes(.causes) {
            try cursor.passCauses()
            found &+= 1
        }
        try cursor.require(.commit)
        commit = try cursor.bytes(ContentHash.byteCount)
        number = try cursor.takes(.number) ? cursor.integer() : nil
        try cursor.require(.writer)
        writer = try cursor.writer()
        subject = try cursor.takes(.subject) ? cursor.text() : nil
        try cursor.require(.position)
        position = try cursor.position()
        try cursor.require(.received)
        received = try cursor.hybridTime()
        publicKey = try cursor.takes(.publicKey) ? cursor.bytes(Limits.publicKeyBytes) : nil
        signature = try cursor.takes(.signature) ? cursor.bytes(Limits.signatureBytes) : nil
        found &+= (key == nil ? 0 : 1) &+ (room == nil ? 0 : 1) &+ (number == nil ? 0 : 1)
        found &+= (subject == nil ? 0 : 1) &+ (publicKey == nil ? 0 : 1) &+ (signature == nil ? 0 : 1)
        guard found == count, cursor.offset == bytes.byteCount else { throw CBORError(.misplaced, at: cursor.offset) }
    }
}
