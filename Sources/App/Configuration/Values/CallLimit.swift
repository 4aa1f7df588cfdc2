package import Devices

/// How often a device may do something: `points/window/block`, the last two in seconds; 0 lifts the limit.
package struct CallLimit: ConfigurationValue, Hashable {
    package static let accepted = "points/window/block, the last two in seconds; or 0: no limit"

    package let setting: LimitSetting

    package init(_ limit: LimitClass) { setting = .rule(limit.standard) }

    package init(configured text: String) throws(Unacceptable) {
        guard let setting = LimitRule.reading(text) else { throw Unacceptable() }
        self.setting = setting
    }

    package var shown: String {
        switch setting {
        case .lifted: "0"
        case .rule(let rule): rule.text
        }
    }
}

extension Configuration {
    /// What holds for each class of calls.
    var callLimits: [LimitClass: LimitSetting] {
        [
            .fieldUpdate: fieldUpdateLimit.setting, .sacredPhrase: sacredPhraseLimit.setting,
            .syncBatch: syncBatchLimit.setting, .entanglement: entanglementLimit.setting,
            .roomAction: roomActionLimit.setting, .archaeology: archaeologyLimit.setting,
            .chatMessage: chatMessageLimit.setting,
        ]
    }
}
