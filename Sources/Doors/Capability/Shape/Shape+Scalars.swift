internal import Basics
package import Model

/// No value: the input of what needs none, the output of what has nothing to say.
package struct Nothing: Sendable, Equatable {
    package init() {}
}

extension Shape where Content == Nothing {
    /// Takes anything, and says nothing.
    package static var nothing: Shape {
        Shape(.nothing, read: { _, _ in Nothing() }, write: { _, writer in writer.absent() })
    }
}

extension Shape where Content == Bool {
    package static var bool: Shape {
        Shape(
            .bool,
            read: { datum, reading in
                if case .bool(let bool) = datum { return bool }
                reading.fail(expected: "boolean", found: datum)
                return nil
            },
            write: { bool, writer in writer.bool(bool) }
        )
    }
}

extension Shape where Content == String {
    package static var text: Shape { text(length: nil) }

    /// A text of so many Unicode scalars.
    package static func text(length: ClosedRange<Int>?, pattern: String? = nil) -> Shape {
        Shape(
            .text(Schema.Text(length: length, pattern: pattern)),
            read: { datum, reading in
                guard case .text(let text) = datum else {
                    reading.fail(expected: "string", found: datum)
                    return nil
                }
                guard let length, !(length ~= text.unicodeScalars.count) else { return text }
                if text.unicodeScalars.count < length.lowerBound {
                    reading.fail(.tooSmall, "expected at least \(length.lowerBound) characters")
                } else {
                    reading.fail(.tooLarge, "expected at most \(length.upperBound) characters")
                }
                return nil
            },
            write: { text, writer in writer.text(text) }
        )
    }
}

extension Shape where Content == Double {
    /// Any finite number.
    package static var number: Shape { number(Schema.Number()) }

    package static func number(in range: ClosedRange<Double>) -> Shape {
        number(Schema.Number(least: .including(range.lowerBound), most: .including(range.upperBound)))
    }

    package static func number(in range: Range<Double>) -> Shape {
        number(Schema.Number(least: .including(range.lowerBound), most: .excluding(range.upperBound)))
    }

    private static func number(_ rule: Schema.Number) -> Shape {
        Shape(
            .number(rule),
            read: { datum, reading in
                let number: Double
                switch datum {
                case .integer(let integer): number = Double(integer)
                case .double(let double) where double.isFinite: number = double
                default:
                    reading.fail(expected: "number", found: datum)
                    return nil
                }
                return rule.holds(number, &reading) ? number : nil
            },
            write: { number, writer in writer.double(number) }
        )
    }
}

extension Shape where Content == Int64 {
    /// An integer that every double holds.
    package static var integer: Shape { integer(in: -Limits.integer...Limits.integer) }

    package static func integer(in range: ClosedRange<Int64>) -> Shape {
        let rule = Schema.Number(
            .integer,
            least: .including(Double(range.lowerBound)),
            most: .including(Double(range.upperBound))
        )
        return Shape(
            .number(rule),
            read: { datum, reading in
                switch datum {
                case .integer(let integer): return rule.holds(Double(integer), &reading) ? integer : nil
                case .double(let double) where double.isFinite:
                    if let integer = Int64(exactly: double) {
                        return rule.holds(double, &reading) ? integer : nil
                    }
                    reading.fail(.wrongType, "expected an integer")
                    return nil
                default:
                    reading.fail(expected: "number", found: datum)
                    return nil
                }
            },
            write: { integer, writer in writer.integer(integer) }
        )
    }
}

extension Schema.Number {
    fileprivate func holds(_ number: Double, _ reading: inout Reading) -> Bool {
        switch least {
        case .including(let bound) where number < bound:
            reading.fail(.tooSmall, "expected a number ≥ \(Self.words(bound))")
            return false
        case .excluding(let bound) where number <= bound:
            reading.fail(.tooSmall, "expected a number > \(Self.words(bound))")
            return false
        default: break
        }
        switch most {
        case .including(let bound) where number > bound:
            reading.fail(.tooLarge, "expected a number ≤ \(Self.words(bound))")
            return false
        case .excluding(let bound) where number >= bound:
            reading.fail(.tooLarge, "expected a number < \(Self.words(bound))")
            return false
        default: return true
        }
    }

    private static func words(_ number: Double) -> String {
        Int64(exactly: number).map(String.init) ?? number.description
    }
}

extension Shape where Content == Instant {
    /// A moment: a date, or its ISO text.
    package static var instant: Shape<Instant> {
        Shape(
            .instant,
            read: { datum, reading in
                switch datum {
                case .date(let instant?): return instant
                case .text(let text):
                    if let instant = Instant(iso: text) { return instant }
                    reading.fail(.wrongFormat, "expected an ISO 8601 time")
                    return nil
                default:
                    reading.fail(expected: "date", found: datum)
                    return nil
                }
            },
            write: { instant, writer in writer.date(instant) }
        )
    }

    /// A moment as milliseconds since 1970.
    package static var milliseconds: Shape<Instant> {
        Shape<Int64>.integer(in: -Instant.reach...Instant.reach)
            .parsed({ Instant(milliseconds: $0) }, plain: { $0.milliseconds })
    }
}

extension Shape where Content: RawRepresentable<String> & CaseIterable & Sendable {
    /// One of the words of an enumeration.
    package static var choice: Shape {
        let words = Content.allCases.map(\.rawValue)
        return Shape(
            .choice(words),
            read: { datum, reading in
                // Compared as bytes: an enumeration's own look-up finds equivalent texts too.
                if case .text(let text) = datum, words.contains(where: { $0.hasSameBytes(as: text) }) {
                    return Content(rawValue: text)
                }
                reading.fail(.wrongValue, "expected one of \(words.joined(separator: ", "))")
                return nil
            },
            write: { choice, writer in writer.text(choice.rawValue) }
        )
    }
}

extension Shape where Content == Datum {
    /// Anything at all, as it came.
    package static var any: Shape {
        Shape(.any, read: { datum, _ in datum }, write: { datum, writer in writer.datum(datum) })
    }
}
