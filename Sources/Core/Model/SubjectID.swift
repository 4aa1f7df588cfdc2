/// Whose data a body is; forgetting is by subject.
package struct SubjectID: Identifier {
    package let text: String
    package init(unchecked text: String) { self.text = text }
}
