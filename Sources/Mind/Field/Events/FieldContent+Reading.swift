internal import Basics
package import Model

extension FieldContent {
    /// What was left out says this much of a phrase.
    private static let phraseIntensity = Centi(0.7) ?? .half
    package static let phraseCharacters = 200

    /// Reads what an event of a kind says; every bad field is named.
    ///
    /// `device` is who says it: nobody is entangled with itself. Fields of other names are of no matter here.
    package static func read(_ kind: FieldKind, _ body: Body, by device: AgentID) throws(FieldRefusal) -> FieldContent {
        var form = FieldForm(body)
        let content: FieldContent?
        switch kind {
        case .breath: content = .breath(form.intensity(), phase: form.number(.breathingPhase, in: 0...360))
        case .phrase:
            let cell = form.cell()
            let intensity = form.intensity() ?? phraseIntensity
            content = form.text(.phrase, .required).map { .phrase($0, intensity, cell) }
        case .spiral:
            let cell = form.spiralCell()
            content = zip(form.requiredIntensity(), cell).map { .spiral($0, $1) }
        case .bloom: content = .bloom(form.intensity() ?? .full)
        case .touch:
            let cell = form.cell()
            content = form.requiredIntensity().map { .touch($0, cell) }
        case .offlineSync:
            _ = form.number(.eventCount, in: 0...Double(Limits.integer))
            content = .offlineSync
        case .entanglement: content = form.entanglement(by: device).map { .entanglement($0) }
        case .roomJoin: content = .roomJoin
        case .roomLeave: content = .roomLeave
        case .roomSync: content = .roomSync(form.roomSync())
        case .roomBloom: content = .roomBloom
        }
        guard let content, form.problems.isEmpty else { throw FieldRefusal(problems: form.problems) }
        return content
    }
}

private func zip<One, Other>(_ one: One?, _ other: Other?) -> (One, Other)? {
    guard let one, let other else { return nil }
    return (one, other)
}

/// The fields of one body, with what is wrong with them.
private struct FieldForm {
    enum Presence { case optional, required }

    private let input: FieldInput
    private(set) var problems: [FieldProblem] = []

    init(_ body: Body) { input = FieldInput(body) }

    mutating func refuse(_ name: FieldInput.Name, _ code: FieldProblem.Code, _ message: String) {
        problems.append(FieldProblem(path: "/\(name.text)", code: code, message: message))
    }

    mutating func number(_ name: FieldInput.Name, in range: ClosedRange<Double>) -> Double? {
        switch input[name] {
        case .absent: return nil
        case .number(let number):
            if range.contains(number) { return number }
            refuse(name, .outOfRange, "it has to be from \(range.lowerBound) to \(range.upperBound)")
            return nil
        case .text, .pair, .other:
            refuse(name, .wrongType, "it has to be a number")
            return nil
        }
    }

    mutating func intensity() -> Centi? { number(.intensity, in: 0...1).flatMap { Centi($0) } }

    mutating func requiredIntensity() -> Centi? {
        if case .absent = input[.intensity] { refuse(.intensity, .required, "it is required") }
        return intensity()
    }

    mutating func text(_ name: FieldInput.Name, _ presence: Presence) -> String? {
        switch input[name] {
        case .absent:
            if presence == .required { refuse(name, .required, "it is required") }
            return nil
        case .text(let text):
            guard text.unicodeScalars.count <= FieldContent.phraseCharacters else {
                refuse(name, .tooLong, "it has at most \(FieldContent.phraseCharacters) characters")
                return nil
            }
            let stripped = Markup.stripped(text)
            if stripped.isEmpty, presence == .required {
                refuse(name, .empty, "it has to have one character at least")
                return nil
            }
            return stripped.isEmpty ? nil : stripped
        case .number, .pair, .other:
            refuse(name, .wrongType, "it has to be a text")
            return nil
        }
    }

    /// The cell that x and y, or `coordinates`, name; nil unless both are there.
    mutating func cell() -> Cell? {
        let side = Double(Cell.side)
        var place = (coordinate(.x), coordinate(.y))
        switch input[.coordinates] {
        case .absent: break
        case .pair(let x, let y):
            guard x >= 0, x < side, y >= 0, y < side else {
                refuse(.coordinates, .outOfRange, "they have to be from 0 to below \(Cell.side)")
                return nil
            }
            if place.0 == nil, place.1 == nil { place = (x, y) }
        case .number, .text, .other: refuse(.coordinates, .wrongType, "they have to be two numbers")
        }
        return zip(place.0, place.1).flatMap { Cell(x: $0, y: $1) }
    }

    private mutating func coordinate(_ name: FieldInput.Name) -> Double? {
        switch input[name] {
        case .absent: return nil
        case .number(let number):
            if number >= 0, number < Double(Cell.side) { return number }
            refuse(name, .outOfRange, "it has to be from 0 to below \(Cell.side)")
            return nil
        case .text, .pair, .other:
            refuse(name, .wrongType, "it has to be a number")
            return nil
        }
    }

    mutating func spiralCell() -> Cell? {
        if let cell = cell() { return cell }
        guard problems.isEmpty else { return nil }
        let center = (pixel(.centerX), pixel(.centerY))
        if let (x, y) = zip(center.0, center.1) { return Cell(pixelX: x, pixelY: y) }
        if problems.isEmpty {
            let missing: FieldInput.Name = center.0 == nil ? .centerX : .centerY
            refuse(missing, .required, "x and y, or centerX and centerY, are required")
        }
        return nil
    }

    private mutating func pixel(_ name: FieldInput.Name) -> Double? {
        switch input[name] {
        case .absent: return nil
        case .number(let number) where number.isFinite: return number
        case .number, .text, .pair, .other:
            refuse(name, .wrongType, "it has to be a number")
            return nil
        }
    }

    mutating func entanglement(by device: AgentID) -> EntanglementForm? {
        let name: FieldInput.Name
        if case .absent = input[.targetDevice] { name = .targetDeviceId } else { name = .targetDevice }
        var target: String?
        switch input[name] {
        case .absent: break
        case .text(let text):
            guard (try? AgentID(text)) != nil else {
                refuse(name, .badCharacter, "it is no name of a device")
                break
            }
            target = text
            if text.hasSameBytes(as: device.text) {
                refuse(name, .misplaced, "a device is not entangled with itself")
            }
        case .number, .pair, .other: refuse(name, .wrongType, "it has to be a text")
        }
        var kind = EntanglementForm.Kind.resonance
        switch input[.entanglementType] {
        case .absent: break
        case .text(let text):
            if let named = EntanglementForm.Kind(rawValue: text) { kind = named } else { fallthrough }
        case .number, .pair, .other:
            let kinds = EntanglementForm.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            refuse(.entanglementType, .wrongType, "it has to be one of \(kinds)")
        }
        return EntanglementForm(target: target, kind: kind, intensity: intensity() ?? .half)
    }

    mutating func roomSync() -> RoomSync {
        let phase = number(.breathingPhase, in: 0...360)
        let level = number(.resonanceLevel, in: 0...1).map { Int64(($0 * 1_000_000).rounded()) }
        return RoomSync(phase: phase, level: level, phrase: text(.sacredPhrase, .optional))
    }
}
