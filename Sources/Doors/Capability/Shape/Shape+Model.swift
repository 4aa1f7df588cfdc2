package import Model

/// The shapes of what the whole of Prima speaks of.
extension Shape where Content == Intensity {
    /// How strong something is: 0…1.
    package static var unit: Shape<Intensity> {
        Shape<Double>.number(in: 0...1).parsed({ Intensity(clamping: $0) }, plain: { $0.value })
    }
}

extension Shape where Content == Position {
    package static var position: Shape<Position> {
        Shape<Int64>.integer(in: 0...Position.limit - 1).parsed({ Position($0) }, plain: { $0.index })
    }
}

extension Shape where Content: Identifier {
    /// A name that somebody chose.
    package static var name: Shape {
        let length = 1...Content.maximumScalarCount
        return Shape<String>.text(length: length).parsed(
            { text throws(Shape<String>.Unfit) in
                do throws(IdentifierInvalid) { return try Content(text) } catch {
                    throw Shape<String>.Unfit(error.isLength ? .tooSmall : .wrongFormat, error.message)
                }
            },
            plain: { $0.text }
        )
    }
}

extension Shape where Content == DeviceID {
    /// A device: 10…128 of `A-Z a-z 0-9 _ -`.
    package static var device: Shape<DeviceID> { name.described(length: 10...128, pattern: "^[A-Za-z0-9_-]+$") }
}

extension Shape {
    /// The same shape, with a rule in its schema that parsing keeps already.
    fileprivate func described(length: ClosedRange<Int>, pattern: String) -> Shape {
        Shape(.text(Schema.Text(length: length, pattern: pattern)), read: read, write: write)
    }
}

extension IdentifierInvalid {
    fileprivate var isLength: Bool {
        switch self {
        case .empty, .tooShort: true
        case .tooLong, .containsControlCharacter, .containsOther, .malformed: false
        }
    }
}
