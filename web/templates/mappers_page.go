package templates

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
