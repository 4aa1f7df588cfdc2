/// What the command line asks for.
struct Arguments {
    static let usage = "usage: bench [--only NAME] [--seconds N] [--list]"

    var only: String?
    /// How long one figure is measured.
    var seconds = 5.0
    var lists = false

    init(_ words: [String]) throws(Failure) {
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--list": lists = true
            case "--only":
                guard let name = rest.popFirst() else { throw Failure("--only needs a name") }
                only = name
            case "--seconds":
                guard let value = rest.popFirst().flatMap(Double.init), value > 0, value <= 3600 else {
                    throw Failure("--seconds needs a number above 0")
                }
                seconds = value
            default: throw Failure("what is \(word)?")
            }
        }
    }
}
