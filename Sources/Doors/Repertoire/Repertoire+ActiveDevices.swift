internal import Capability
internal import Field
internal import Model
internal import Ports

/// Who is there: `auth.getActiveDevices`.
extension Repertoire {
    // MARK: auth.getActiveDevices

    private struct Devices: Sendable {
        let devices: [Active]
        let count: Int64
        let timestamp: String

        static let shape = Shape.object(
            Devices.init,
            Field("devices", \.devices, .list(of: Active.shape)),
            Field("count", \.count, .integer),
            Field("timestamp", \.timestamp, .text, "ISO 8601.")
        )
    }

    private struct Active: Sendable {
        let device: String
        let platform: String
        let lastSeen: Instant
        let level: Double

        static let shape = Shape.object(
            Active.init,
            Field("deviceId", \.device, .text),
            Field("platform", \.platform, .text),
            Field("lastSeen", \.lastSeen, .instant),
            Field("consciousnessLevel", \.level, .number(in: 0...1), "What it has added to the field.")
        )
    }

    var getActiveDevices: Capability {
        .query(
            "auth.getActiveDevices",
            "The devices that were seen in the last five minutes.",
            access: .anyone,
            sharing: .everySite,
            input: .nothing,
            output: Devices.shape,
            example: Nothing()
        ) { [services] (_, call) async throws(Refusal) in
            do throws(StoreError) {
                var active: [Active] = []
                for known in try await services.sessions.active(now: call.now.milliseconds) {
                    let node = try await services.field.node(AgentID(unchecked: known.device))
                    active.append(
                        Active(
                            device: known.device,
                            platform: known.platform,
                            lastSeen: Instant(milliseconds: known.lastSeen),
                            level: node?.globalResonance ?? 0
                        )
                    )
                }
                return Devices(devices: active, count: Int64(active.count), timestamp: call.now.iso)
            } catch {
                throw Refusal(error)
            }
        }
    }
}
