internal import Basics
internal import Model
internal import NetDriver
internal import Ports
internal import Web

/// The two encodings of a socket's frames: `prima.json` in text messages, `prima.cbor` in binary ones.
enum SocketWords: Sendable {
    case json, cbor

    /// The identifier of a frame, encoded: it comes back as it was sent.
    func encoded(_ identifier: Value?) -> [UInt8] {
        switch self {
        case .json:
            var out = JSONWriter()
            out.value(identifier ?? .null)
            return out.bytes
        case .cbor:
            var out = CBORWriter()
            out.value(identifier ?? .null)
            return out.bytes
        }
    }

    func form(_ identifier: Value) -> FollowPage.Form {
        self == .json ? .jsonFrame(encoded(identifier)) : .cborFrame(encoded(identifier))
    }

    func frame(_ identifier: Value?, _ receipt: AppendReceipt) -> WebSocketFrame {
        switch self {
        case .json:
            var out = JSONWriter()
            out.openObject()
            out.field("id")
            out.value(identifier ?? .null)
            receipt.write(into: &out)
            out.closeObject()
            return .text(out.bytes)
        case .cbor:
            let document: Value = .map(
                Fields(unique: [
                    ("id", identifier ?? .null), ("positions", .array(receipt.positions.map { .integer($0.index) })),
                    ("duplicates", .array(receipt.duplicates.map { .integer(Int64($0)) })),
                    ("durable", .integer(receipt.durable)), ("size", .integer(receipt.head.size)),
                    ("root", .bytes(receipt.head.root.bytes)),
                ])
            )
            return .binary(Self.cbor(document))
        }
    }

    func frame(_ identifier: Value?, stopped: Value) -> WebSocketFrame {
        frame(.map(Fields(unique: [("id", identifier ?? .null), ("stopped", stopped)])))
    }

    func frame(_ identifier: Value?, _ problem: Problem, _ context: RequestContext) -> WebSocketFrame {
        let bytes = problem.json(instance: context.instance, name: context.name())
        var reader = JSONReader(bytes.raw)
        let document = (try? reader.value()) ?? .null
        return frame(.map(Fields(unique: [("id", identifier ?? .null), ("error", document)])))
    }

    private func frame(_ document: Value) -> WebSocketFrame {
        switch self {
        case .json:
            var out = JSONWriter()
            out.value(document)
            return .text(out.bytes)
        case .cbor: return .binary(Self.cbor(document))
        }
    }

    private static func cbor(_ document: Value) -> [UInt8] {
        var out = CBORWriter()
        out.value(document)
        return out.bytes
    }
}
