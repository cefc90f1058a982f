package templates

// SignedOutView is shown after signing out.
type SignedOutView struct {
	SignIn string
	// ProviderEnded is true when the provider's session ended too; otherwise the page says that it may go on.
	ProviderEnded bool
}
