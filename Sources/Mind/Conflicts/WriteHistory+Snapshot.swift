internal import Basics
internal import Model

/// What a view stores of a history, and reads again.
extension WriteHistory {
    /// Canonical CBOR; the same history always gives the same bytes.
    package var encoded: [UInt8] {
        var writer = CBORWriter()
        // Beaters are mostly kept themselves; one that was let go is written out where it beat.
        writer.array(kept.count)
        for entry in kept {
            writer.array(3)
            entry.write.encode(into: &writer)
            writer.bool(entry.isSeen)
            if let beater = entry.beater { beater.encode(into: &writer) } else { writer.null() }
        }
        return writer.bytes
    }

    /// Nil when the bytes are no history.
    package init?(encoded: [UInt8], capacity: Int = WriteHistory.capacity) {
        var reader = CBORReader(encoded.raw)
        guard case .array(let values)? = try? reader.value(), (try? reader.finish()) != nil else { return nil }
        var kept: [Kept] = []
        for value in values {
            guard case .array(let parts) = value, parts.count == 3, let write = CausalWrite(parts[0]),
                case .bool(let isSeen) = parts[1]
            else { return nil }
            var entry = Kept(write)
            entry.isSeen = isSeen
            if parts[2] != .null {
                guard let beater = CausalWrite(parts[2]) else { return nil }
                entry.beater = beater
            }
            kept.append(entry)
        }
        self.init(kept: kept, capacity: capacity)
    }
}

extension CausalWrite {
    /// [position, device, counter, resonance, at, hash, past], where the past is null or a list of pairs.
    fileprivate func encode(into writer: inout CBORWriter) {
        writer.array(7)
        writer.integer(position.index)
        writer.text(device.text)
        writer.integer(dot.counter.value)
        writer.number(standing.resonance)
        writer.integer(standing.at)
        writer.bytes(standing.hash.bytes)
        switch past {
        case .everything: writer.null()
        case .clock(let clock):
            writer.array(clock.count)
            for entry in clock.entries {
                writer.array(2)
                writer.text(entry.agent.text)
                writer.integer(entry.counter)
            }
        }
    }

    fileprivate init?(_ value: Value) {
        guard case .array(let parts) = value, parts.count == 7,
            case .integer(let index) = parts[0], let position = Position(checking: index),
            case .text(let name) = parts[1], let device = try? AgentID(name),
            case .integer(let count) = parts[2], let counter = EventNumber(count),
            let resonance = parts[3].number, case .integer(let at) = parts[4],
            case .bytes(let bytes) = parts[5], let hash = ContentHash(bytes), let past = Past(parts[6])
        else { return nil }
        self.init(
            position: position,
            dot: Dot(agent: device, counter: counter),
            past: past,
            standing: Standing(resonance: resonance, at: at, hash: hash)
        )
    }
}

extension CausalWrite.Past {
    fileprivate init?(_ value: Value) {
        guard value != .null else {
            self = .everything
            return
        }
        guard case .array(let pairs) = value else { return nil }
        var counters: [(AgentID, Int64)] = []
        for pair in pairs {
            guard case .array(let parts) = pair, parts.count == 2, case .text(let name) = parts[0],
                let agent = try? AgentID(name), case .integer(let counter) = parts[1]
            else { return nil }
            counters.append((agent, counter))
        }
        guard let clock = try? VectorClock(counters) else { return nil }
        self = .clock(clock)
    }
}

extension Value {
    fileprivate var number: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .double(let double): double
        default: nil
        }
    }
}
