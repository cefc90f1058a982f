package templates

// SessionEndedView asks to sign in again.
type SessionEndedView struct {
	// SignIn is the address that starts the sign-in and comes back.
	SignIn string
	// Reason says what became of the request, in full sentences.
	Reason string
}
