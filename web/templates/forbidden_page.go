package templates

// ForbiddenView is shown to somebody who signed in and is no administrator.
type ForbiddenView struct {
	// Who is the address or the name that signed in.
	Who string
	// SwitchAccount is where the provider asks who it is, even if it knows. Wallaroo is the instance's own address.
	SwitchAccount, Wallaroo string
	RequestID               string
}
