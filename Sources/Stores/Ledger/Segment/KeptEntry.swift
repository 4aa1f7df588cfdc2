internal import Basics
internal import Model

/// What retention keeps of an event: its leaf, and what later events must still be held against.
struct KeptEntry {
    let position: Int64
    let leaf: ContentHash
    var agent: AgentID?
    var number: EventNumber?
    var key: IdempotencyKey?
    var publicKey: PublicKey?
    var subject: SubjectID?
}
