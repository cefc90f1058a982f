package templates

// SignInFailedView is shown when the provider or the callback failed.
type SignInFailedView struct {
	Status         int
	Title, Message string
	// SignIn is the address that tries again.
	SignIn string
	// SignedInAs is whose session the browser has all the same, "" for nobody's;
	// then Users is the address of the list.
	SignedInAs, Users string
	RequestID         string
}
