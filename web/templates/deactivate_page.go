package templates

// DeactivateView asks before an account is deactivated.
type DeactivateView struct {
	ID, Name, Email string
	Seats           Seats
	// Return is the path without Base to which the change and Cancel come back.
	Return string
	// Key makes the form good for one time.
	Key string
	// Refused says why it can't be done, a sentence; then there is nothing to confirm.
	Refused string
	// Fault is what went wrong when it was tried, with what was and wasn't done.
	Fault *Note
}
