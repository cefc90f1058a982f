package templates

// SignedOutView is shown after signing out.
type SignedOutView struct {
	// SignIn is the address that starts a sign-in.
	SignIn string
	// ProviderEnded is true when the session at the identity provider has ended too.
	ProviderEnded bool
}
