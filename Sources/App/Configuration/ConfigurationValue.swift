/// What a setting may hold: a value that cannot be made from a text it does not accept.
package protocol ConfigurationValue: Sendable {
    /// What is accepted, in the words of an error message.
    static var accepted: String { get }

    /// Reads a text that is not empty.
    init(configured text: String) throws(Unacceptable)

    /// The text to show for it: what would be written in a file, without what must stay secret.
    var shown: String { get }
}

/// Why a text is no value of a setting, beyond what is accepted; nil when there is nothing to add.
package struct Unacceptable: Error, Sendable, Hashable {
    package let reason: String?

    package init(_ reason: String? = nil) { self.reason = reason }
}

/// One of a few words.
package protocol ConfigurationWord: ConfigurationValue, CaseIterable, RawRepresentable<String> {}

extension ConfigurationWord {
    package static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }

    package init(configured text: String) throws(Unacceptable) {
        guard let word = Self(rawValue: text) else {
            let words = Self.allCases.map(\.rawValue)
            throw Unacceptable(NearestName.of(text, among: words).map { "perhaps \($0)" })
        }
        self = word
    }

    package var shown: String { rawValue }
}
