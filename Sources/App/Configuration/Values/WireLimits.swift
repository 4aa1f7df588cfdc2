internal import NetDriver

/// The limits of the wire that are not the default ones.
package struct WireLimits: ConfigurationValue, Hashable {
    package static let accepted = "limits of the wire: name=number, separated by commas"

    package let shown: String
    private let values: [String: String]

    package init() {
        shown = ""
        values = [:]
    }

    package init(configured text: String) throws(Unacceptable) {
        var limits = NetLimits()
        var values: [String: String] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", maxSplits: 1).map { $0.trimming(" ") }
            guard words.count == 2 else { throw Unacceptable("a limit is name=number") }
            guard values.updateValue(words[1], forKey: words[0]) == nil else {
                throw Unacceptable("\(words[0]) is there twice")
            }
            do { try limits.set(words[0], to: words[1]) } catch {
                switch error {
                case .unknownName:
                    throw Unacceptable(
                        "no limit is called \(words[0]); there are \(NetLimits.names.joined(separator: ", "))"
                    )
                case .outside(let least, let most): throw Unacceptable("\(words[0]) is from \(least) to \(most)")
                }
            }
        }
        shown = text
        self.values = values
    }

    /// What the wire keeps to.
    var limits: NetLimits {
        var limits = NetLimits()
        // Each was taken once already.
        for (name, text) in values { try? limits.set(name, to: text) }
        return limits
    }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> String {
        String(drop { $0 == character }.reversed().drop { $0 == character }.reversed())
    }
}
