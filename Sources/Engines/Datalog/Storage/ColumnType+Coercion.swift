extension ColumnType {
    /// The value as a column of this type holds it.
    func coerced(_ value: Datum, now: Int64) throws(ScriptError) -> Datum {
        if case .null = value {
            guard isNullable else {
                throw ScriptError(
                    .coercionOfNull,
                    "encountered null value for non-null type \(self)",
                    remedy: "give it a value, or make the column \(self)?"
                )
            }
            return value
        }
        switch kind {
        case .any:
            if case .set(let elements) = value { return .list(elements) }
            return value
        case .bool: if case .bool = value { return value }
        case .int: if let number = value.wholeNumber { return .int(number) }
        case .float: if let number = value.number { return .float(number) }
        case .text: if case .text = value { return value }
        case .bytes:
            if case .bytes = value { return value }
            if case .text(let text) = value {
                guard let bytes = Base64.decode(text) else {
                    throw ScriptError(
                        .coercionOfBase64,
                        "cannot decode string as base64-encoded bytes: \(text)"
                    )
                }
                return .bytes(bytes)
            }
        case .uuid:
            if case .uuid = value { return value }
            if case .text(let text) = value, let id = UniqueID(text) { return .uuid(id) }
        case .json: return .json(JSONTree(value))
        case .validity: return .validity(try validity(value, now))
        case .list(let element, let count):
            if case .list(let elements) = value {
                try check(count, elements.count)
                return .list(try elements.coerced(now) { _ in element })
            }
        case .tuple(let types):
            if case .list(let elements) = value {
                try check(types.count, elements.count)
                return .list(try elements.coerced(now) { types[$0] })
            }
        case .vector(let width, let count): return .vector(try vector(value, width, count))
        }
        throw refused(value)
    }

    private func refused(_ value: Datum) -> ScriptError {
        ScriptError(.coercion, "data coercion failed: expected type \(self), got value \(value.shown)")
    }

    private func check(_ expected: Int?, _ count: Int) throws(ScriptError) {
        guard let expected, expected != count else { return }
        throw ScriptError(.coercionOfLength, "bad list length: expected datatype \(self), got length \(count)")
    }

    private func vector(_ value: Datum, _ width: Width, _ count: Int) throws(ScriptError) -> Vector {
        switch value {
        case .list(let elements):
            try check(count, elements.count)
            guard let vector = try? Function.vector(elements, width) else { throw refused(value) }
            return vector
        case .vector(.float(let elements)) where width == .single && elements.count == count: return .float(elements)
        case .vector(.double(let elements)) where width == .double && elements.count == count: return .double(elements)
        default: throw refused(value)
        }
    }

    private func validity(_ value: Datum, _ now: Int64) throws(ScriptError) -> Validity {
        switch value {
        case .validity(let validity): return validity
        case .text("ASSERT"): return Validity(moment: now, isAssertion: true)
        case .text("RETRACT"): return Validity(moment: now, isAssertion: false)
        case .text(let text):
            let isAssertion = text.utf8.first != UInt8(ascii: "~")
            if let time = Timestamp(isAssertion ? text : String(text.dropFirst())) {
                return Validity(moment: time.microseconds, isAssertion: isAssertion)
            }
        case .list(let pair):
            if pair.count == 2, let moment = pair[0].wholeNumber, let isAssertion = pair[1].bool, moment != .max,
                moment != .min
            {
                return Validity(moment: moment, isAssertion: isAssertion)
            }
        default: break
        }
        throw ScriptError(
            .coercionOfValidity,
            "\(value.shown) cannot be coerced into validity",
            remedy: "write 'ASSERT', 'RETRACT', a date, or [microseconds, true]"
        )
    }
}

extension [Datum] {
    fileprivate func coerced(_ now: Int64, _ type: (Int) -> ColumnType) throws(ScriptError) -> [Datum] {
        var result: [Datum] = []
        for (place, element) in enumerated() { result.append(try type(place).coerced(element, now: now)) }
        return result
    }
}
