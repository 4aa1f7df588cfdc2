package import Basics

/// Where in a payload a value stands: `city`, `address.city`, `tags[]`, `stops[0].name`, `"a.b".c`.
///
/// A path can name many values: `[]` takes every element. A missing key names none.
package struct PayloadPath: Sendable, Hashable {
    package enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
        /// Every element.
        case all
    }

    package let steps: [Step]

    package init(steps: [Step]) { self.steps = steps }

    /// Nil when the text is no path.
    package init?(_ text: String) {
        var rest = Array(text.unicodeScalars)[...]
        var steps: [Step] = []
        while true {
            guard let key = Self.key(&rest) else { return nil }
            steps.append(.key(key))
            while rest.first == "[" {
                guard let step = Self.bracket(&rest) else { return nil }
                steps.append(step)
            }
            guard let separator = rest.popFirst() else { break }
            guard separator == ".", !rest.isEmpty else { return nil }
        }
        self.steps = steps
    }

    private static func key(_ rest: inout ArraySlice<Unicode.Scalar>) -> String? {
        if rest.first == "\"" {
            guard let end = rest.dropFirst().firstIndex(of: "\"") else { return nil }
            let key = rest[(rest.startIndex + 1)..<end]
            rest = rest[(end + 1)...]
            return String(String.UnicodeScalarView(key))
        }
        let end = rest.firstIndex { !($0 == "_" || $0 == "-" || $0.isWordPart) } ?? rest.endIndex
        guard end > rest.startIndex else { return nil }
        defer { rest = rest[end...] }
        return String(String.UnicodeScalarView(rest[..<end]))
    }

    private static func bracket(_ rest: inout ArraySlice<Unicode.Scalar>) -> Step? {
        guard let end = rest.firstIndex(of: "]") else { return nil }
        let inside = rest[(rest.startIndex + 1)..<end]
        rest = rest[(end + 1)...]
        if inside.isEmpty { return .all }
        guard inside.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        // An index beyond every array is a path to nothing.
        return .index(Int(String(String.UnicodeScalarView(inside))) ?? Int.max)
    }

    /// The values that the path names.
    ///
    /// A named array stands for its elements when `arrays` are opened.
    package func values(in payload: Value, arrays: Arrays) -> [Value] {
        var values: [Value] = []
        collect(from: payload, steps[...], arrays, into: &values)
        return values
    }

    package enum Arrays: Sendable { case opened, whole }

    private func collect(from value: Value, _ rest: ArraySlice<Step>, _ arrays: Arrays, into values: inout [Value]) {
        guard let step = rest.first else {
            if case .array(let elements) = value, arrays == .opened {
                values.append(contentsOf: elements)
            } else {
                values.append(value)
            }
            return
        }
        switch (step, value) {
        case (.key(let key), .map(let fields)):
            if let inner = fields[key] { collect(from: inner, rest.dropFirst(), arrays, into: &values) }
        case (.index(let index), .array(let elements)) where index < elements.count:
            collect(from: elements[index], rest.dropFirst(), arrays, into: &values)
        case (.all, .array(let elements)):
            for element in elements { collect(from: element, rest.dropFirst(), arrays, into: &values) }
        default: break
        }
    }
}

extension Unicode.Scalar {
    /// Letters and numbers of every script.
    var isWordPart: Bool {
        if isASCII { return ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self) }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return properties.numericType != nil
        }
    }
}
