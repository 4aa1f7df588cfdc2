/// Why a script did not run: the kind, what is wrong, where, and what to do about it.
package struct ScriptError: Error, Hashable, Sendable {
    package let kind: Kind
    package let message: String
    package var span: Span?
    package let remedy: String?

    /// A transaction whose changes a log could not keep.
    package init(notKept message: String, remedy: String? = nil) { self.init(.notKept, message, remedy: remedy) }

    init(_ kind: Kind, _ message: String, at span: Span? = nil, remedy: String? = nil) {
        self.kind = kind
        self.message = message
        self.span = span
        self.remedy = remedy
    }

    /// What went wrong, by the code that callers see; where CozoDB documents one it is the same.
    package enum Kind: String, Hashable, Sendable {
        case syntax = "parser::pest"
        case badInteger = "parser::bad_pos_int"
        case badFloat = "parser::bad_float"
        case badText = "parser::invalid_utf8_code"
        case parameterMissing = "parser::param_not_found"
        case functionUnknown = "eval::no_implementation"
        case argumentCount = "parser::func_wrong_num_args"
        case badConditional = "parser::bad_if"
        case emptyConditional = "parser::empty_cond"
        case aggregateUnknown = "parser::aggr_not_found"
        case aggregateInConstantRule = "parser::aggr_in_const_rule"
        case aggregateInFixedRule = "parser::fixed_aggr_conflict"
        case duplicateBinding = "parser::duplicate_bindings_for_fixed_rule"
        case headMismatch = "parser::head_aggr_mismatch"
        case severalDefinitions = "parser::mult_rule_def"
        case emptyHead = "parser::empty_horn_rule_head"
        case emptyConstantRow = "parser::const_rule_empty_row"
        case emptyConstantRule = "parser::empty_const_rule"
        case badConstantRow = "parser::bad_row_for_const"
        case unevenConstantRows = "parser::const_data_arity_mismatch"
        case spread = "eval::invalid_spread_unif"
        case renameConflict = "eval::rel_name_conflict"
        case columnNotFilled = "eval::unable_to_make_extractor"
        case fixedRuleArity = "parser::fixed_rule_head_arity_mismatch"
        case optionNotConstant = "parser::option_not_constant"
        case optionNotNonNegative = "parser::option_not_non_neg"
        case optionNotPositive = "parser::option_not_pos"
        case optionNotBool = "parser::option_not_bool"
        case severalAssertions = "parser::multiple_out_assert"
        case sortKeyUnknown = "parser::sort_key_not_found"
        case noEntry = "parser::no_entry"
        case noEntryHead = "parser::no_entry_head"
        case relationWithoutKeys = "parser::relation_has_no_keys"
        case badValidity = "parser::bad_validity_spec"
        case duplicateColumn = "parser::dup_name_in_cols"
        case badVectorType = "parser::bad_vector_type"
        case fixedRuleUnknown = "parser::fixed_rule_not_found"
        case fixedRuleOption = "fixed_rule::arg_not_found"
        case fixedRuleInput = "fixed_rule::not_enough_args"
        case arityUnknown = "parser::no_algo_arity"
        case fixedRuleInputArity = "algo::input_relation_bad_arity"
        case nodeUnknown = "algo::node_with_key_not_found"
        case valueRefused = "algo::unacceptable_value"
        case noStart = "algo::empty_starting"
        case startUnknown = "algo::starting_node_not_found"
        case notKept = "prima::not_kept"
        case unreadable = "prima::unreadable"
        case notAnEdge = "algo::not_an_edge"
        case badEdgeWeight = "algo::invalid_edge_weight"
        case fixedRuleOptionWrong = "fixed_rule::arg_wrong"
        case notConstant = "eval::not_constant"
        case unboundVariable = "eval::unbound_variable"
        case unboundInHead = "eval::unbound_symb_in_head"
        case unsafeNegation = "eval::unsafe_negation"
        case ruleUnknown = "eval::rule_not_found"
        case arityMismatch = "eval::rule_arity_mismatch"
        case fieldUnknown = "eval::named_field_not_found"
        case unstratifiable = "eval::unstratifiable"
        case evaluation = "eval::throw"
        case predicateNotBool = "eval::predicate_not_bool"
        case assertNoneFailed = "eval::assert_none_failure"
        case assertSomeFailed = "eval::assert_some_failure"
        case relationUnknown = "query::relation_not_found"
        case relationExists = "eval::stored_relation_conflict"
        case relationMisfits = "eval::stored_rel_arity_mismatch"
        case columnMissing = "eval::required_col_not_provided"
        case coercion = "eval::coercion_failed"
        case coercionOfNull = "eval::coercion_null"
        case coercionOfLength = "eval::coercion_bad_list_len"
        case coercionOfBase64 = "eval::coercion_bad_base_64"
        case coercionOfValidity = "eval::invalid_validity"
        case rowRefused = "transact::assertion_failure"
        case accessDenied = "tx::insufficient_access_level"
        case notTimeTravel = "eval::invalid_time_travel"
        case indexExists = "tx::index_already_exists"
        case indexUnknown = "tx::idx_not_found"
        case indexColumnUnknown = "tx::col_in_idx_not_found"
        case temporaryOnly = "parser::manipulate_perm_rel_in_script"
        case timedOut = "eval::killed"
        case budget = "eval::budget"
        case unsupported = "prima::unsupported"
        case danglingFlow = "eval::dangling_ctrl_flow"
        case schema = "parser::bad_list_len_in_type"
        case removal = "prima::relation_in_use"
        case nothing = "prima::nothing"
    }
}

extension ScriptError {
    /// The error as text: kind and message, the line with a caret below the place, the remedy.
    package func rendered(in script: String) -> String {
        var lines = ["\(kind.rawValue): \(message)"]
        if let span {
            let place = place(in: script)
            let lineText = SourceText(script).line(place.line)
            let gutter = String(place.line)
            let blank = String(repeating: " ", count: gutter.count)
            let lead = String(repeating: " ", count: place.column - 1)
            let width = max(1, min(span.length, lineText.count - place.column + 1))
            lines.append("\(gutter) | \(lineText)")
            lines.append("\(blank) | \(lead)" + String(repeating: "^", count: width))
        }
        if let remedy { lines.append("help: \(remedy)") }
        return lines.joined(separator: "\n")
    }

    /// The line and the column of the error, from 1; the column counts characters.
    package func place(in script: String) -> (line: Int, column: Int) {
        SourceText(script).place(of: span?.start ?? 0)
    }
}

/// A script by lines.
struct SourceText {
    private let bytes: [UInt8]

    init(_ script: String) { bytes = Array(script.utf8) }

    func place(of offset: Int) -> (line: Int, column: Int) {
        let before = bytes.prefix(offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return (line, String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1)
    }

    /// The text of a line, counted from 1.
    func line(_ number: Int) -> String {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard number <= lines.count else { return "" }
        return String(decoding: lines[number - 1], as: UTF8.self)
    }
}
