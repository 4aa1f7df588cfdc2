internal import EventsDoor
internal import RESTDoor
internal import TRPCDoor

/// The doors of a server.
struct Doors: Sendable {
    let events: EventsDoor
    let trpc: TRPCDoor
    let rest: RESTDoor
}
