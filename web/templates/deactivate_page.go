package templates

// DeactivateView is the question whether to deactivate an account.
type DeactivateView struct {
	ID, Name, Email string
	Seats           Seats
	// Return is the path, without Base, to which the change redirects and Cancel leads.
	Return string
	// Key identifies the form, so that it works once.
	Key string
	// Refused is a sentence that says why it can't be done, or empty. With it there is nothing to confirm.
	Refused string
	// Fault says why the attempt failed, and what was and wasn't done, or is nil.
	Fault *Note
}
