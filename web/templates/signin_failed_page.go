package templates

// SignInFailedView is shown when the provider or the callback failed.
type SignInFailedView struct {
	Status         int
	Title, Message string
	// SignIn is the address that tries again.
	SignIn    string
	RequestID string
}
