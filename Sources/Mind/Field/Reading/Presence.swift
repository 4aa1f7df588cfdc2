internal import Basics
package import Model

/// Who was seen in the last five minutes: by an event, a call, an authentication or an open socket.
///
/// Kept in memory and evaluated by the read; events come from the fold's rows, the rest from the doors. A device leaves
/// up to a tenth of a second late. An entry takes a few tens of bytes, whatever the device is called.
package final class Presence: Sendable {
    /// Times are kept apart by so many milliseconds.
    fileprivate static let step: Int64 = 100

    fileprivate struct State {
        /// When each was seen last, by a hash of its name.
        var last: [UInt64: Int64] = [:]
        /// Each once, under a time at which it was seen: where it is looked at again.
        var buckets: [Int64: [UInt64]] = [:]
        var oldest = Int64.max
    }

    private let state = Lock(State())

    package init() {}

    /// Notes that a device was there at a time.
    package func saw(_ device: AgentID, at time: Int64) {
        guard !device.isReserved, device != .unknown else { return }
        let key = Self.hash(device.text)
        state.withLock { state in
            if let known = state.last[key] {
                if time > known { state.last[key] = time }
                return
            }
            state.last[key] = time
            state.add(key, at: Self.bucket(of: time))
        }
    }

    /// How many were there in the five minutes before `now`.
    package func count(now: Int64) -> Int {
        let border = now - FieldTotals.activity
        return state.withLock { state in
            state.drop(through: border)
            return state.last.count
        }
    }

    /// Times up to `bucket * step`, after those of the one before.
    fileprivate static func bucket(of time: Int64) -> Int64 { (time + step - 1) / step }

    private static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        return hash ^ (hash >> 31)
    }
}

extension Presence.State {
    fileprivate mutating func add(_ key: UInt64, at bucket: Int64) {
        buckets[bucket, default: []].append(key)
        oldest = min(oldest, bucket)
    }

    fileprivate mutating func drop(through border: Int64) {
        while !buckets.isEmpty, oldest * Presence.step <= border {
            let keys = buckets.removeValue(forKey: oldest) ?? []
            oldest += 1
            for key in keys {
                guard let time = last[key] else { continue }
                if time > border { add(key, at: max(Presence.bucket(of: time), oldest)) } else { last[key] = nil }
            }
        }
        if buckets.isEmpty { oldest = .max }
    }
}
