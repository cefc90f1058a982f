package templates

// ErrorView is a page, or a message in a page, that says what failed.
type ErrorView struct {
	// Status is the HTTP status, shown as "Error 502".
	Status int
	// Title is what failed. Message explains it. Done says what was and wasn't done: "Nothing was changed."
	Title, Message, Done string
	// Next are what to do now.
	Next []Action
	// RequestID finds the cause in the log.
	RequestID string
}

// MappersView is shown when a sign-in worked and the API's first answer refuses it: the client in Keycloak lacks
// mappers.
type MappersView struct {
	Status int
	// Client is our client's id in Keycloak.
	Client string
	// Guide is the address of docs/identity-provider.md, empty to only name it.
	Guide     string
	Retry     string
	RequestID string
}

// ForbiddenView is shown to somebody who signed in and is no administrator.
type ForbiddenView struct {
	// Who is the address or the name that signed in.
	Who string
	// SwitchAccount is where the provider asks who it is, even if it knows. Wallaroo is the instance's own address.
	SwitchAccount, Wallaroo string
	RequestID               string
}

// SessionEndedView asks to sign in again.
type SessionEndedView struct {
	// SignIn is the address that starts the sign-in and comes back.
	SignIn string
	// Reason says what became of the request, in full sentences.
	Reason string
}

// SignInFailedView is shown when the provider or the callback failed.
type SignInFailedView struct {
	Status         int
	Title, Message string
	// SignIn is the address that tries again.
	SignIn    string
	RequestID string
}

// SignedOutView is shown after signing out.
type SignedOutView struct {
	SignIn string
	// ProviderEnded is true when the provider's session ended too; otherwise the page says that it may go on.
	ProviderEnded bool
}

// SigningOutView goes on to the provider, whose address is of another origin.
type SigningOutView struct {
	// Href is the provider's end-session address; the answer carries it in a Refresh header as well.
	Href string
	// Host is its host, for the reader.
	Host string
}
