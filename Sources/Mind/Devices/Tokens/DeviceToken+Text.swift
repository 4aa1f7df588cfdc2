internal import Basics
internal import Model

extension DeviceToken {
    /// The longest text that is looked at.
    static let maximumByteCount = 4096

    /// The token as it is sent.
    package func text(_ signing: TokenSigning) -> String {
        var header = JSONWriter()
        header.openObject()
        header.field("alg")
        header.text(signing.algorithm.rawValue)
        header.field("typ")
        header.text("JWT")
        header.closeObject()
        var payload = JSONWriter()
        payload.openObject()
        payload.field("deviceId")
        payload.text(device.text)
        payload.field("platform")
        payload.text(platform.rawValue)
        payload.field("fingerprint")
        payload.text(fingerprint)
        payload.field("iat")
        payload.integer(issued / 1000)
        payload.field("exp")
        payload.integer(expires / 1000)
        payload.closeObject()
        var message = Base64URL.text(header.bytes)
        message.append(UInt8(ascii: "."))
        message += Base64URL.text(payload.bytes)
        let signature = Base64URL.text(signing.sign(message))
        return String(decoding: message + [UInt8(ascii: ".")] + signature, as: UTF8.self)
    }

    /// Reads a token that this server signed, valid at `now`.
    package init(_ text: String, _ signing: TokenSigning, now: Int64) throws(Invalid) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maximumByteCount else { throw .malformed }
        let dots = bytes.indices.filter { bytes[$0] == UInt8(ascii: ".") }
        guard dots.count == 2, let header = Base64URL.bytes(bytes[..<dots[0]]),
            let payload = Base64URL.bytes(bytes[(dots[0] + 1)..<dots[1]]),
            let signature = Base64URL.bytes(bytes[(dots[1] + 1)...]), let head = Self.object(header)
        else { throw .malformed }
        // The server says how it signs; what a token says is compared, never obeyed.
        guard head["alg"] == .text(signing.algorithm.rawValue), head["crit"] == nil else { throw .wrongAlgorithm }
        guard signing.verify(signature, Array(bytes[..<dots[1]])) else { throw .badSignature }
        guard let claims = Self.object(payload) else { throw .malformed }
        try self.init(claims)
        guard now < expires else { throw .expired }
    }

    private init(_ claims: Fields) throws(Invalid) {
        guard case .text(let name)? = claims["deviceId"], let device = try? DeviceID(name),
            case .text(let kind)? = claims["platform"], let platform = Platform(rawValue: kind),
            case .text(let fingerprint)? = claims["fingerprint"], let issued = Self.time(claims["iat"]),
            let expires = Self.time(claims["exp"])
        else { throw .incomplete }
        self.init(
            device: device,
            platform: platform,
            fingerprint: fingerprint,
            issued: issued,
            expires: expires
        )
    }

    /// Seconds since 1970, as milliseconds.
    private static func time(_ value: Value?) -> Int64? {
        guard case .integer(let seconds)? = value, seconds.magnitude <= UInt64(Limits.integer / 1000) else {
            return nil
        }
        return seconds * 1000
    }

    private static func object(_ json: [UInt8]) -> Fields? {
        var reader = JSONReader(json.raw)
        var assembler = CBORAssembler(maximumDepth: 4)
        guard (try? reader.assemble(into: &assembler)) != nil, (try? reader.finish()) != nil, assembler.faults.isEmpty
        else { return nil }
        var content = CBORReader(assembler.writer.bytes.raw)
        guard case .map(let fields)? = try? content.value() else { return nil }
        return fields
    }
}
