/// Finds the name that was probably meant.
package enum NearestName {
    /// The name that the fewest changed, added, missing or swapped letters separate from `word`; nil when none is near.
    ///
    /// Case is no difference; every third letter may be one.
    package static func of(_ word: String, among names: [String]) -> String? {
        let letters = Array(word.uppercased().unicodeScalars)
        var best: (name: String, distance: Int)?
        for name in names {
            let distance = distance(letters, Array(name.uppercased().unicodeScalars))
            guard distance <= max(1, min(letters.count, name.unicodeScalars.count) / 3) else { continue }
            if distance < best?.distance ?? .max { best = (name, distance) }
        }
        return best?.name
    }

    /// The distance of Damerau and Levenshtein, where no letter is touched twice.
    private static func distance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...other.count)
        for row in 0..<one.count {
            var current = [row + 1]
            for column in 0..<other.count {
                let isSame = one[row] == other[column]
                var least = min(previous[column] + (isSame ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
                    least = min(least, beforePrevious[column - 1] + 1)
                }
                current.append(least)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[other.count]
    }
}
