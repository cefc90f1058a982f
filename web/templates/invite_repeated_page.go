package templates

// InviteRepeated is the answer to a form that was sent before.
type InviteRepeated struct {
	// Email is the address of the first time, may be empty. ID is the account when it is known.
	Email, ID string
	// Outcome is what became of the first.
	Outcome Outcome
}

// repeatedText says what became of the first time.
func repeatedText(o Outcome) string {
	switch o {
	case OutcomeDone:
		return "That invitation was sent."
	case OutcomeFailed:
		return "That invitation failed: nobody was invited."
	case OutcomeRefused:
		return "That invitation was refused: nobody was invited."
	default:
		return "Whether that invitation was sent is not known. Look for the person in the list before you invite again."
	}
}
