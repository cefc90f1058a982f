package templates

// ForbiddenView is shown to somebody who signed in but is not an administrator.
type ForbiddenView struct {
	// Who is the email address or the name of who signed in.
	Who string
	// SwitchAccount is the address of a sign-in that lets one choose another account. Wallaroo is the address of the
	// instance.
	SwitchAccount, Wallaroo string
	RequestID               string
}
