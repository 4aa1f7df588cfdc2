internal import Capability
internal import Devices
internal import Model
internal import Ports

/// Letting devices in: `auth.*`.
extension Repertoire {
    var devices: [Capability] { [authenticateDevice, verifyToken, getActiveDevices] }

    // MARK: auth.authenticateDevice

    private struct Introduction: Sendable {
        let device: DeviceID
        let platform: Platform
        let capabilities: [Keyed<Bool>]?
        let fingerprint: Fingerprint?

        static let shape = Shape.object(
            Introduction.init,
            Field("deviceId", \.device, .device, "Who it says it is."),
            Field("platform", \.platform, .choice, "What it runs on."),
            Field.optional("capabilities", \.capabilities, .keyed(of: .bool, most: 64), "What it can do."),
            Field.optional("fingerprint", \.fingerprint, .fingerprint, "By what it is known again.")
        )
    }

    private enum Welcome: Sendable {
        case admitted(Admitted)
        case refused(Failed)

        static let shape = Shape<Welcome>.union(
            Variant(
                Admitted.shape,
                whole: { .admitted($0) },
                part: { if case .admitted(let it) = $0 { it } else { nil } }
            ),
            Variant(Failed.shape, whole: { .refused($0) }, part: { if case .refused(let it) = $0 { it } else { nil } })
        )
    }

    private struct Admitted: Sendable {
        let success: Bool
        let token: String
        let expiresIn: String
        let device: DeviceID
        let platform: Platform

        static let shape = Shape.object(
            Admitted.init,
            Field("success", \.success, .bool),
            Field("token", \.token, .text, "Shows who it is in every later call."),
            Field("expiresIn", \.expiresIn, .text),
            Field("deviceId", \.device, .device),
            Field("platform", \.platform, .choice)
        )
    }

    private var authenticateDevice: Capability {
        .mutation(
            "auth.authenticateDevice",
            "Gives a device the token that it shows from then on, for seven days.\n"
                + "Without a fingerprint it is the SHA-256 of `deviceId:platform:JSON(capabilities)`; a device that is "
                + "known with another one is refused.",
            access: .anyone,
            sharing: .everySite,
            input: Introduction.shape,
            output: Welcome.shape,
            example: Introduction(
                device: DeviceID(unchecked: "example-device-1"),
                platform: .web,
                capabilities: nil,
                fingerprint: nil
            )
        ) { [services] (said, call) async throws(Refusal) in
            let request = DeviceGate.Request(
                device: said.device,
                platform: said.platform,
                capabilities: said.capabilities?.map { ($0.key, $0.content) },
                fingerprint: said.fingerprint
            )
            guard let request else {
                throw .invalid([Fault(.tooLarge, at: [.key("capabilities")], "they are too many, or too long")])
            }
            do throws(DeviceGate.Failure) {
                let admission = try await services.devices.authenticate(request, now: call.now.milliseconds)
                return .admitted(
                    Admitted(
                        success: true,
                        token: admission.token,
                        expiresIn: "7d",
                        device: said.device,
                        platform: said.platform
                    )
                )
            } catch {
                if case .unavailable = error { throw Refusal(error) }
                return .refused(Failed(success: false, error: error.message))
            }
        }
    }

    // MARK: auth.verifyToken

    private struct Shown: Sendable {
        let token: String

        static let shape = Shape.object(
            Shown.init,
            Field("token", \.token, .text(length: 0...4096), "A device's token.")
        )
    }

    private enum Verification: Sendable {
        case valid(Valid)
        case invalid(Invalid)

        static let shape = Shape<Verification>.union(
            Variant(Valid.shape, whole: { .valid($0) }, part: { if case .valid(let it) = $0 { it } else { nil } }),
            Variant(Invalid.shape, whole: { .invalid($0) }, part: { if case .invalid(let it) = $0 { it } else { nil } })
        )
    }

    private struct Valid: Sendable {
        let valid: Bool
        let device: DeviceID
        let platform: Platform
        let fingerprint: String
        let expires: Instant

        static let shape = Shape.object(
            Valid.init,
            Field("valid", \.valid, .bool),
            Field("deviceId", \.device, .device),
            Field("platform", \.platform, .choice),
            Field("fingerprint", \.fingerprint, .text),
            Field("expiresAt", \.expires, .instant)
        )
    }

    private struct Invalid: Sendable {
        let valid: Bool
        let error: String

        static let shape = Shape.object(
            Invalid.init,
            Field("valid", \.valid, .bool),
            Field("error", \.error, .text, "Why it is not.")
        )
    }

    private var verifyToken: Capability {
        .query(
            "auth.verifyToken",
            "Says whose a token is, and until when.",
            access: .anyone,
            sharing: .everySite,
            input: Shown.shape,
            output: Verification.shape,
            example: Shown(token: "no-token")
        ) { [services] (shown, call) async throws(Refusal) in
            do throws(DeviceGate.Failure) {
                let token = try await services.devices.verify(shown.token, now: call.now.milliseconds)
                return .valid(
                    Valid(
                        valid: true,
                        device: token.device,
                        platform: token.platform,
                        fingerprint: token.fingerprint,
                        expires: Instant(milliseconds: token.expires)
                    )
                )
            } catch {
                if case .unavailable = error { throw Refusal(error) }
                return .invalid(Invalid(valid: false, error: error.message))
            }
        }
    }
}

/// A refusal that is an answer: clients of the field read it in the body.
struct Failed: Sendable {
    let success: Bool
    let error: String

    static let shape = Shape.object(
        Failed.init,
        Field("success", \.success, .bool),
        Field("error", \.error, .text, "Why it was not done.")
    )
}

extension Shape where Content == Fingerprint {
    fileprivate static var fingerprint: Shape<Fingerprint> {
        Shape<String>.text(length: 1...Fingerprint.characters).parsed(
            { text throws(Shape<String>.Unfit) in
                guard let fingerprint = Fingerprint(text) else {
                    throw Shape<String>.Unfit("control characters are not allowed")
                }
                return fingerprint
            },
            plain: { $0.text }
        )
    }
}
