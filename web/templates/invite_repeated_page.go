package templates

// InviteRepeated is the answer to a form that was sent before.
type InviteRepeated struct {
	// Email is the address that was invited the first time, ID its account. Either may be empty.
	Email, ID string
	// Outcome is that of the first time.
	Outcome Outcome
}

// repeatedText returns the outcome of the first time as a sentence.
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
