package templates

// Activate is the offer to activate a deactivated member instead of inviting.
type Activate struct {
	ID, Name string
	// Key identifies the form, so that it works once. Return is the path, without Base, to which the answer redirects.
	Key, Return string
	// Locked is a sentence that says why the account can't be activated here, or empty.
	Locked string
}
