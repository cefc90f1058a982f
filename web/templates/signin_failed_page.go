package templates

// SignInFailedView is shown when the identity provider or the callback refused a sign-in.
type SignInFailedView struct {
	Status         int
	Title, Message string
	// SignIn is the address that starts another one.
	SignIn string
	// SignedInAs is whose session the browser has nevertheless, or empty. With it, Users is the address of the list.
	SignedInAs, Users string
	RequestID         string
}
