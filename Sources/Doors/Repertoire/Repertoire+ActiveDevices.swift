internal import Capability
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
                let active = try await services.sessions.active(now: call.now.milliseconds)
                return Devices(
                    devices: active.map {
                        Active(
                            device: $0.device,
                            platform: $0.platform,
                            lastSeen: Instant(milliseconds: $0.lastSeen),
                            level: $0.level
                        )
                    },
                    count: Int64(active.count),
                    timestamp: call.now.iso
                )
            } catch {
                throw Refusal(error)
            }
        }
    }
}
