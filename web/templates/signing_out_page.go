package templates

// SigningOutView leads on to the identity provider, to end the session there.
type SigningOutView struct {
	// Href is the end-session endpoint with its parameters (OpenID Connect RP-Initiated Logout 1.0, section 2).
	Href string
	// Refresh makes the page itself go on to Href, where the header Refresh doesn't.
	Refresh bool
	// Host is its host, to show.
	Host string
}

func (v SigningOutView) onward(c Chrome) Chrome {
	if v.Refresh {
		c.next = v.Href
	}
	return c
}
