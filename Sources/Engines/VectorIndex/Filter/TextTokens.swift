/// The words of a text: runs of letters and numbers of any script, in lower case.
package enum TextTokens {
    package static func of(_ text: String) -> [String] {
        var tokens: [String] = []
        var token = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar.isWordPart {
                if scalar.isASCII {
                    token.append(
                        scalar.value >= 65 && scalar.value <= 90 ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar
                    )
                } else {
                    token.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
                }
            } else if !token.isEmpty {
                tokens.append(String(token))
                token = String.UnicodeScalarView()
            }
        }
        if !token.isEmpty { tokens.append(String(token)) }
        return tokens
    }
}
