package import Basics
package import Model

/// How an agent presents itself: the data of an `agent.register` event.
package struct AgentRegistration: Sendable, Hashable {
    package static let type = EventType(unchecked: "agent.register")
    package static let keyCharacters = 512
    package static let nameCharacters = 128
    package static let regionCount = 16

    package let publicKey: String
    package let sacredName: String?
    package let primaryRegion: String?
    package let backupRegions: [String]
    package let capabilities: Fields

    /// Why data present no agent: every bad field, by JSON pointers.
    package struct Invalid: Error, Sendable, Hashable {
        package let problems: [FieldProblem]
    }

    package init(_ fields: Fields) throws(Invalid) {
        var problems: [FieldProblem] = []
        publicKey = Self.text("publicKey", fields, Self.keyCharacters, &problems) ?? ""
        if fields["publicKey"].isNothing {
            problems.append(FieldProblem(path: "/publicKey", code: .required, message: "it is required"))
        }
        sacredName = Self.text("sacredName", fields, Self.nameCharacters, &problems)
        primaryRegion = Self.text("primaryRegion", fields, Self.nameCharacters, &problems)
        backupRegions = Self.regions(fields["backupRegions"], &problems)
        switch fields["capabilities"] {
        case .map(let said)?: capabilities = said
        case nil, .null?: capabilities = Fields()
        default:
            capabilities = Fields()
            problems.append(FieldProblem(path: "/capabilities", code: .wrongType, message: "it has to be an object"))
        }
        guard problems.isEmpty else { throw Invalid(problems: problems) }
    }

    private static func text(
        _ name: String,
        _ fields: Fields,
        _ most: Int,
        _ problems: inout [FieldProblem]
    ) -> String? {
        guard let value = fields[name], value != .null else { return nil }
        if case .text(let text) = value, let fault = fault(of: text, most) {
            problems.append(FieldProblem(path: "/\(name)", code: fault.code, message: fault.message))
            return nil
        }
        guard case .text(let text) = value else {
            problems.append(FieldProblem(path: "/\(name)", code: .wrongType, message: "it has to be a text"))
            return nil
        }
        return text
    }

    private static func regions(_ value: Value?, _ problems: inout [FieldProblem]) -> [String] {
        guard let value, value != .null else { return [] }
        guard case .array(let values) = value else {
            problems.append(FieldProblem(path: "/backupRegions", code: .wrongType, message: "it has to be a list"))
            return []
        }
        if values.count > regionCount {
            let message = "it has \(values.count) regions; \(regionCount) is the most"
            problems.append(FieldProblem(path: "/backupRegions", code: .tooMany, message: message))
        }
        return values.prefix(regionCount).enumerated().compactMap { index, value in
            let path = "/backupRegions/\(index)"
            guard case .text(let text) = value else {
                problems.append(FieldProblem(path: path, code: .wrongType, message: "it has to be a text"))
                return nil
            }
            guard let fault = fault(of: text, nameCharacters) else { return text }
            problems.append(FieldProblem(path: path, code: fault.code, message: fault.message))
            return nil
        }
    }

    private static func fault(of text: String, _ most: Int) -> (code: FieldProblem.Code, message: String)? {
        let count = text.unicodeScalars.count
        if count == 0 { return (.empty, "it has to have one character at least") }
        if count > most { return (.tooLong, "it has \(count) characters; \(most) is the most") }
        let hasControl = text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        return hasControl ? (.controlCharacter, "control characters are not allowed") : nil
    }

    /// The data of the event.
    package var body: Body {
        var fields = Fields(unique: [
            ("publicKey", .text(publicKey)), ("backupRegions", .array(backupRegions.map(Value.text))),
            ("capabilities", .map(capabilities)),
        ])
        if let sacredName { fields["sacredName"] = .text(sacredName) }
        if let primaryRegion { fields["primaryRegion"] = .text(primaryRegion) }
        // Only capabilities are not bounded yet; what is too large is left to whoever appends it.
        return (try? Body(fields)) ?? .empty
    }
}

extension Value? {
    fileprivate var isNothing: Bool {
        switch self {
        case nil, .null?: true
        default: false
        }
    }
}
