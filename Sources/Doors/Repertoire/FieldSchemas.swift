internal import Basics
internal import Capability

/// What documents of the field look like.
enum FieldSchemas {
    static let unit = Schema.number(.init(least: .including(0), most: .including(1)))
    static let count = Schema.number(.init(.integer, least: .including(0)))
    /// Milliseconds since 1970.
    static let time = Schema.number(.init(.integer))
    static let number = Schema.number(.init())
    static let text = Schema.text(.init())

    static func required(_ pairs: KeyValuePairs<String, Schema>) -> [Schema.Property] {
        pairs.map { Schema.Property($0.key, $0.value, .required) }
    }

    /// The three numbers that everything shows.
    static let core = required([
        "globalResonance": unit, "activeNodes": count, "collectiveIntelligence": unit,
    ])

    static let particle = Schema.named(
        "MemoryParticle",
        .object(
            required([
                "id": text, "x": count, "y": count, "intensity": unit, "age": number, "sourceDeviceId": text,
                "sacredPhrase": text, "phrase": text, "timestamp": time,
            ])
        )
    )

    static let quantumField = Schema.named(
        "QuantumField",
        .object(
            required([
                "id": text, "fieldData": .list(.list(unit, count: 30...30), count: 30...30),
                "collectiveIntensity": unit, "lastUpdate": time,
            ])
        )
    )

    static let event = Schema.named(
        "FieldEvent",
        .object(
            required([
                "id": count, "deviceId": text, "type": text, "data": .any, "timestamp": time, "processed": .bool,
                "intensity": .nullable(unit),
            ])
        )
    )

    static let room = Schema.named(
        "CollectiveState",
        .object(
            required([
                "breathingPhase": number, "resonanceLevel": unit, "sacredPhrases": .list(text, count: nil),
                "lastBloom": time,
            ])
        )
    )
}
