package templates

// SessionEndedView is shown when a form arrives after the session has ended.
type SessionEndedView struct {
	// SignIn is the address of a sign-in that returns to the page of the form.
	SignIn string
	// Reason says what happened to the request, in full sentences.
	Reason string
}
