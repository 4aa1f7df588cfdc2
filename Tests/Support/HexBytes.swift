/// The bytes that hexadecimal digits spell, for published vectors; blanks between them do not count.
///
/// Traps on anything else: a vector with a typing error tests nothing.
package func hex(_ digits: String) -> [UInt8] {
    let values = digits.filter { !$0.isWhitespace }
        .map { digit in
            guard let value = digit.hexDigitValue else { preconditionFailure("\(digit) is no hexadecimal digit") }
            return UInt8(value)
        }
    precondition(values.count.isMultiple(of: 2), "a byte has two digits")
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
}
