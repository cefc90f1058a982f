package templates

// switchView is the status switch of one account.
type switchView struct {
	ID, Name string
	Active   bool
	// Locked says why it can't be used; Return is where a change comes back to.
	Locked, Return string
}

func lockedText(c Chrome, why string) string {
	if c.Stale != nil {
		return "Not possible while Wallaroo does not answer."
	}
	return why
}
