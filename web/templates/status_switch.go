package templates

// switchView is the status switch of one account.
type switchView struct {
	ID, Name string
	Status   Status
	// Locked is a sentence that says why it can't be used, or empty. Return is the path, without Base, to which a change
	// redirects.
	Locked, Return string
}

// lockedText returns why the switch can't be used, "" when it can.
func lockedText(c Chrome, why string) string {
	if c.Stale != nil {
		return "Not possible while Wallaroo does not answer."
	}
	return why
}
